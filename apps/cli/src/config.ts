import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { type BackendStore, checkRegistryStore, toBackendStore, toDirectory, withoutPassword } from './backend-store.ts'
import type { Credentials } from '@tidemill/sdk'
import { findCredentials } from './credentials.ts'
import type { Environment } from './env.ts'
import { CliError } from './errors.ts'
import { type ServerOptions, toServerOptions } from './server-options.ts'
import { findSetting, parseChoice, parseInteger, parseList, type SettingValue } from './setting-value.ts'
import type { SettingName, SettingOptions } from './settings.ts'

/** `embedded`: server and worker on one's own machine (`up`, `run`); the others are parts of a distributed set-up. */
export type ServeRole = 'embedded' | 'server' | 'worker'

export interface ServeConfig {
  readonly host: string
  readonly port: number
  readonly store: BackendStore
  readonly redisUrl?: string
  readonly defaultArtifactRoot?: string
  /** A directory, or `s3://bucket/prefix`. */
  readonly artifactsDestination: string
  readonly artifactVariables: Readonly<Record<string, string>>
  readonly server: ServerOptions
  readonly dataDirectory: string
  readonly allowedHosts: readonly string[]
  readonly corsAllowedOrigins: readonly string[]
  readonly sourcePolicy: { readonly allowLocal: boolean; readonly schemes: readonly string[] }
  readonly environmentPolicy:
    | { readonly kind: 'inherit' }
    | { readonly kind: 'allow'; readonly names: readonly string[] }
  readonly concurrency: number
  /** Of the server that a worker's steps talk to. */
  readonly trackingUri: string
  /** With which a worker calls that server. */
  readonly credentials?: Credentials
  readonly logLevel: LogLevel
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const SOURCE_KINDS = ['local', 'file', 'https', 'ssh', 'http', 'git']
const DEFAULT_SOURCES: Readonly<Record<ServeRole, readonly string[]>> = {
  embedded: ['local', 'file', 'https', 'ssh', 'http', 'git'],
  server: ['https', 'ssh'],
  worker: ['https', 'ssh'],
}
export const DEFAULT_URL = 'http://127.0.0.1:5000'

/** Options and environment to a checked configuration. Throws CliError naming the option or variable at fault. */
export const toServeConfig = (
  role: ServeRole,
  options: SettingOptions,
  environment: Environment,
  workingDirectory: string,
): ServeConfig => {
  const find = (name: SettingName): SettingValue | undefined => findSetting(name, options, environment)
  const integer = (name: SettingName, minimum: number, maximum: number, byDefault: number): number => {
    const value = find(name)
    return value === undefined ? byDefault : parseInteger(value, minimum, maximum)
  }
  const dataDirectory = toDataDirectory(options, environment, workingDirectory)
  const redisUrl = toRedisUrl(find('redisUrl'))
  const server = toServerOptions(find)
  const credentials = findCredentials(options, environment)
  const defaultArtifactRoot = toArtifactRoot(find('defaultArtifactRoot')?.value, server, workingDirectory)
  const store = toBackendStore(find('backendStoreUri'), dataDirectory, workingDirectory)
  checkRegistryStore(find('registryStoreUri'), store, workingDirectory)
  return {
    host: find('host')?.value ?? '127.0.0.1',
    port: integer('port', 0, 65_535, 5000),
    store,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    ...(defaultArtifactRoot === undefined ? {} : { defaultArtifactRoot }),
    artifactsDestination: toDestination(find('artifactsDestination'), dataDirectory, workingDirectory),
    artifactVariables: environment.artifactVariables,
    server,
    dataDirectory,
    allowedHosts: parseList(find('allowedHosts')),
    corsAllowedOrigins: parseList(find('corsAllowedOrigins')),
    sourcePolicy: toSourcePolicy(find('projectSources'), DEFAULT_SOURCES[role]),
    environmentPolicy: toEnvironmentPolicy(role, server, find('environmentVariables')),
    concurrency: integer('concurrency', 1, 1024, availableParallelism()),
    trackingUri: find('trackingUri')?.value ?? DEFAULT_URL,
    ...(credentials === undefined ? {} : { credentials }),
    logLevel: toLogLevel(find('logLevel'), find('dev')),
  }
}

export const toDataDirectory = (
  options: SettingOptions,
  environment: Environment,
  workingDirectory: string,
): string => {
  const given = findSetting('dataDir', options, environment)
  return given === undefined ? environment.defaultDataDirectory : toDirectory(given, workingDirectory)
}

/**
 * A URI as it is; a path is made absolute, because clients in other folders get it too. Without a proxy new experiments
 * keep their artifacts in `mlruns`, as in MLflow.
 */
const toArtifactRoot = (
  value: string | undefined,
  { mode }: ServerOptions,
  workingDirectory: string,
): string | undefined => {
  if (value !== undefined) return /^[a-z][a-z0-9+.-]*:/i.test(value) ? value : resolve(workingDirectory, value)
  return mode === 'tracking' ? resolve(workingDirectory, 'mlruns') : undefined
}

const toDestination = (setting: SettingValue | undefined, dataDirectory: string, workingDirectory: string): string => {
  if (setting === undefined) return join(dataDirectory, 'artifacts')
  return /^s3:\/\/./i.test(setting.value)
    ? setting.value
    : toDirectory(setting, workingDirectory, ' or s3://bucket/prefix')
}

const toRedisUrl = (setting: SettingValue | undefined): string | undefined => {
  if (setting === undefined || /^rediss?:\/\//.test(setting.value)) return setting?.value
  throw new CliError(`${setting.origin} is '${withoutPassword(setting.value)}'. Give redis://host:port or rediss://….`)
}

const toSourcePolicy = (
  setting: SettingValue | undefined,
  byDefault: readonly string[],
): ServeConfig['sourcePolicy'] => {
  const kinds = setting === undefined ? byDefault : parseList(setting)
  const unknown = kinds.find((kind) => !SOURCE_KINDS.includes(kind))
  if (setting !== undefined && unknown !== undefined) {
    throw new CliError(`${setting.origin} has '${unknown}'. Choose among ${SOURCE_KINDS.join(', ')}.`)
  }
  return { allowLocal: kinds.includes('local'), schemes: kinds.filter((kind) => kind !== 'local') }
}

/**
 * On one's own machine steps see the caller's environment, as with `mlflow run`; elsewhere never the worker's own, and
 * not where others submit: it has the admin's password.
 */
const toEnvironmentPolicy = (
  role: ServeRole,
  { auth }: ServerOptions,
  setting: SettingValue | undefined,
): ServeConfig['environmentPolicy'] => {
  if (setting === undefined && role === 'embedded' && auth === undefined) return { kind: 'inherit' }
  const names = parseList(setting)
  const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name))
  if (wrong !== undefined) throw new CliError(`${setting?.origin} has '${wrong}', which is not a variable's name.`)
  return { kind: 'allow', names }
}

const toLogLevel = (setting: SettingValue | undefined, dev: SettingValue | undefined): LogLevel => {
  if (setting === undefined) return dev === undefined ? 'info' : 'debug'
  return parseChoice(setting, LOG_LEVELS)
}
