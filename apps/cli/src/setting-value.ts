import type { Environment } from './env.ts'
import { CliError } from './errors.ts'
import { type Setting, type SettingName, type SettingOptions, SETTINGS } from './settings.ts'

export interface SettingValue {
  readonly value: string
  /** The option or variable that it comes from, for messages. */
  readonly origin: string
}

/** The option, else the first of the setting's variables that is set, else undefined. */
export const findSetting = (
  name: SettingName,
  options: SettingOptions,
  environment: Environment,
): SettingValue | undefined => {
  const setting: Setting = SETTINGS[name]
  const option = options[name]
  if (option !== undefined) return { value: option, origin: toLongFlag(setting) }
  const variable = setting.variables.find((candidate) => environment.variables.has(candidate))
  const value = variable === undefined ? undefined : environment.variables.get(variable)
  return variable === undefined || value === undefined ? undefined : { value, origin: variable }
}

/** Comma-separated names; blanks around them and empty ones do not count. */
export const parseList = (setting: SettingValue | undefined): readonly string[] =>
  (setting?.value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

export const parseInteger = (setting: SettingValue, minimum: number, maximum: number): number => {
  const number = Number(setting.value)
  if (!/^\d+$/.test(setting.value) || number < minimum || number > maximum) {
    throw new CliError(`${setting.origin} is '${setting.value}'. Give a whole number from ${minimum} to ${maximum}.`)
  }
  return number
}

const toLongFlag = ({ flags }: Setting): string => /--[\w-]+/.exec(flags)?.[0] ?? flags
