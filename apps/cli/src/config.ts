import { availableParallelism } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from './env.ts'
import { CliError } from './errors.ts'
import { findSetting, parseInteger, parseList, type SettingValue } from './setting-value.ts'
import type { SettingName, SettingOptions } from './settings.ts'

/** `embedded`: server and worker on one's own machine (`up`, `run`); the others are parts of a distributed set-up. */
export type ServeRole = 'embedded' | 'server' | 'worker'

export interface ServeConfig {
  readonly host: string
  readonly port: number
  readonly store: { readonly kind: 'postgres' | 'embedded'; readonly uri: string }
  readonly redisUrl?: string
  readonly defaultArtifactRoot?: string
  readonly artifactsDestination: string
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
  const defaultArtifactRoot = toArtifactRoot(find('defaultArtifactRoot')?.value, workingDirectory)
  const destination = find('artifactsDestination')
  return {
    host: find('host')?.value ?? '127.0.0.1',
    port: integer('port', 0, 65_535, 5000),
    store: toStore(find('backendStoreUri'), dataDirectory, workingDirectory),
    ...(redisUrl === undefined ? {} : { redisUrl }),
    ...(defaultArtifactRoot === undefined ? {} : { defaultArtifactRoot }),
    artifactsDestination:
      destination === undefined ? join(dataDirectory, 'artifacts') : toDirectory(destination, workingDirectory),
    dataDirectory,
    allowedHosts: parseList(find('allowedHosts')),
    corsAllowedOrigins: parseList(find('corsAllowedOrigins')),
    sourcePolicy: toSourcePolicy(find('projectSources'), DEFAULT_SOURCES[role]),
    environmentPolicy: toEnvironmentPolicy(role, find('environmentVariables')),
    concurrency: integer('concurrency', 1, 1024, availableParallelism()),
    trackingUri: find('trackingUri')?.value ?? DEFAULT_URL,
    logLevel: toLogLevel(find('logLevel')),
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

const toStore = (
  setting: SettingValue | undefined,
  dataDirectory: string,
  workingDirectory: string,
): ServeConfig['store'] => {
  if (setting === undefined) return { kind: 'embedded', uri: join(dataDirectory, 'pg') }
  // `postgresql+psycopg2://` is how MLflow users write it.
  if (/^postgres(ql)?(\+\w+)?:\/\//.test(setting.value)) return { kind: 'postgres', uri: setting.value }
  return { kind: 'embedded', uri: toDirectory(setting, workingDirectory) }
}

/** A URI as it is; a path is made absolute, because clients in other folders get it too. */
const toArtifactRoot = (value: string | undefined, workingDirectory: string): string | undefined =>
  value === undefined || /^[a-z][a-z0-9+.-]*:/i.test(value) ? value : resolve(workingDirectory, value)

/** A path or a `file:` URI; other schemes name things that this version cannot keep. */
const toDirectory = ({ value, origin }: SettingValue, workingDirectory: string): string => {
  if (value.startsWith('file:')) return fileURLToPath(value)
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(value)?.[1]
  if (scheme !== undefined) {
    throw new CliError(
      `${origin} is '${withoutPassword(value)}', but '${scheme}:' is not supported here. Give a directory${
        origin.includes('BACKEND') || origin.includes('backend') || origin === 'DATABASE_URL'
          ? ' or a postgresql:// URI'
          : ''
      }.`,
    )
  }
  return isAbsolute(value) ? value : resolve(workingDirectory, value)
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

/** On one's own machine steps see the caller's environment, as with `mlflow run`; elsewhere never the worker's own. */
const toEnvironmentPolicy = (role: ServeRole, setting: SettingValue | undefined): ServeConfig['environmentPolicy'] => {
  if (setting === undefined && role === 'embedded') return { kind: 'inherit' }
  const names = parseList(setting)
  const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name))
  if (wrong !== undefined) throw new CliError(`${setting?.origin} has '${wrong}', which is not a variable's name.`)
  return { kind: 'allow', names }
}

const toLogLevel = (setting: SettingValue | undefined): LogLevel => {
  if (setting === undefined) return 'info'
  const level = LOG_LEVELS.find((candidate) => candidate === setting.value)
  if (level !== undefined) return level
  throw new CliError(`${setting.origin} is '${setting.value}'. Choose among ${LOG_LEVELS.join(', ')}.`)
}

/** `scheme://user:***@host` for messages and logs. */
export const withoutPassword = (uri: string): string =>
  uri.replace(/(:\/\/[^:/@]*):.*@/s, '$1:***@').replace(/([?&]password=)[^&]*/i, '$1***')
