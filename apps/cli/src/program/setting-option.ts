import { type Command, Option } from 'commander'
import { type Setting, type SettingName, SETTINGS } from '../settings.ts'

/** The option of a setting; its help names the variables that stand in for it. */
export const settingOption = (name: SettingName, overrides: Partial<Setting> = {}): Option => {
  const setting: Setting = { ...SETTINGS[name], ...overrides }
  const notes = [
    ...(setting.default === undefined ? [] : [`default: ${setting.default}`]),
    ...(setting.variables.length === 0 ? [] : [`env: ${setting.variables.join(', ')}`]),
  ]
  const option = new Option(
    setting.flags,
    notes.length === 0 ? setting.description : `${setting.description} (${notes.join('; ')})`,
  )
  return setting.isSwitch === true ? option.preset('true') : option
}

/** The `--no-…` half of a switch. */
export const negatedOption = (name: SettingName): Option =>
  new Option(SETTINGS[name].flags.replace(/^--/, '--no-')).preset('false').hideHelp()

export const addSettings = (command: Command, names: readonly SettingName[]): Command =>
  names.reduce((target, name) => target.addOption(settingOption(name)), command)
