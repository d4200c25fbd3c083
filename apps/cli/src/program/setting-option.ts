import { Option } from 'commander'
import { type Setting, type SettingName, SETTINGS } from '../settings.ts'

/** The option of a setting; its help names the variables that stand in for it. */
export const settingOption = (name: SettingName, overrides: Partial<Setting> = {}): Option => {
  const setting: Setting = { ...SETTINGS[name], ...overrides }
  const notes = [
    ...(setting.default === undefined ? [] : [`default: ${setting.default}`]),
    ...(setting.variables.length === 0 ? [] : [`env: ${setting.variables.join(', ')}`]),
  ]
  return new Option(setting.flags, `${setting.description} (${notes.join('; ')})`)
}
