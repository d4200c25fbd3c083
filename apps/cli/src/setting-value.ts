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

/** MLflow's variables hold what Python takes for a truth value. Throws CliError for anything else. */
export const parseBoolean = ({ value, origin }: SettingValue): boolean => {
  if (/^(true|1|yes|on)$/i.test(value)) return true
  if (/^(false|0|no|off)$/i.test(value)) return false
  throw new CliError(`${origin} is '${value}'. Give true or false.`)
}

export const parseChoice = <T extends string>({ value, origin }: SettingValue, choices: readonly T[]): T => {
  const choice = choices.find((candidate) => candidate === value)
  if (choice !== undefined) return choice
  throw new CliError(`${origin} is '${value}'. Choose among ${choices.join(', ')}.`)
}

const toLongFlag = ({ flags }: Setting): string => /--[\w-]+/.exec(flags)?.[0] ?? flags
