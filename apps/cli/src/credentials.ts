import type { Credentials } from '@tidemill/sdk'
import type { Environment } from './env.ts'
import { findSetting } from './setting-value.ts'
import type { SettingOptions } from './settings.ts'

/** What to say who we are with, by the rules of MLflow's clients: a name with a password wins over a token. */
export const findCredentials = (options: SettingOptions, environment: Environment): Credentials | undefined => {
  const username = findSetting('trackingUsername', options, environment)?.value
  const password = findSetting('trackingPassword', options, environment)?.value
  if (username !== undefined && password !== undefined) return { username, password }
  const token = findSetting('trackingToken', options, environment)?.value
  return token === undefined ? undefined : { token }
}
