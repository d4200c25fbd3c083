import { createClient, type TidemillClient } from '@tidemill/sdk'
import { DEFAULT_URL, toDataDirectory } from '../config.ts'
import { findCredentials } from '../credentials.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { findSetting } from '../setting-value.ts'
import type { SettingOptions } from '../settings.ts'

/**
 * The URL of the server to talk to: the one that is named, else the one that holds the data directory. Undefined
 * when there is neither. A `MLFLOW_TRACKING_URI` that is no http(s) URL names no server of ours and is passed over;
 * as an option it is an error.
 */
export const findServerUrl = async (context: CliContext, options: SettingOptions): Promise<string | undefined> => {
  const named = findSetting('trackingUri', options, context.environment)
  if (named !== undefined && /^https?:\/\//.test(named.value)) return named.value
  if (named !== undefined && named.origin !== 'MLFLOW_TRACKING_URI') {
    throw new CliError(`${named.origin} is '${named.value}'. Give the http:// or https:// URL of a Tidemill server.`)
  }
  const { findRunningServer } = await import('@tidemill/api')
  return (await findRunningServer(toDataDirectory(options, context.environment, context.workingDirectory)))?.url
}

/** A client of the server that `findServerUrl` finds, or of the default URL: its error then says what to start. */
export const connect = async (context: CliContext, options: SettingOptions): Promise<TidemillClient> =>
  toClient(context, options, (await findServerUrl(context, options)) ?? DEFAULT_URL)

/** With the credentials that the options or variables give. */
export const toClient = (context: CliContext, options: SettingOptions, url: string): TidemillClient => {
  const credentials = findCredentials(options, context.environment)
  return createClient({ url, ...(credentials === undefined ? {} : { credentials }) })
}
