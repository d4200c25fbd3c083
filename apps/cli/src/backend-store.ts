import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CliError } from './errors.ts'
import type { SettingValue } from './setting-value.ts'

export interface BackendStore {
  readonly kind: 'postgres' | 'embedded'
  /** `postgresql://…`, or the directory of the embedded store. */
  readonly uri: string
}

/** Where everything but artifacts is kept. Throws CliError for a store that only MLflow itself has. */
export const toBackendStore = (
  setting: SettingValue | undefined,
  dataDirectory: string,
  workingDirectory: string,
): BackendStore => {
  if (setting === undefined) return { kind: 'embedded', uri: join(dataDirectory, 'pg') }
  const { value, origin } = setting
  // `postgresql+psycopg2://` is how MLflow users write it.
  if (/^postgres(ql)?(\+\w+)?:\/\//.test(value)) return { kind: 'postgres', uri: value }
  const dialect = /^(sqlite|mysql|mssql)(\+\w+)?:/.exec(value)?.[1]
  if (dialect === 'sqlite') {
    throw new CliError(
      `${origin} is '${value}', and there is no SQLite here. Give a directory for the embedded store, or a postgresql:// URI; \`tidemill import ${value}\` takes over what the file has.`,
    )
  }
  if (dialect !== undefined) {
    throw new CliError(
      `${origin} is '${withoutPassword(value)}', but of databases only Postgres is supported. Give a postgresql:// URI, or a directory for the embedded store.`,
    )
  }
  return { kind: 'embedded', uri: toDirectory(setting, workingDirectory, ' or a postgresql:// URI') }
}

/** MLflow may keep models elsewhere; here they are rows beside the runs. Throws CliError for another place. */
export const checkRegistryStore = (
  setting: SettingValue | undefined,
  store: BackendStore,
  workingDirectory: string,
): void => {
  if (setting === undefined) return
  const registry = toBackendStore(setting, '', workingDirectory)
  if (normalize(registry) === normalize(store)) return
  throw new CliError(
    `${setting.origin} is '${withoutPassword(setting.value)}', but registered models are kept in the backend store, '${withoutPassword(store.uri)}'. Leave it out, or give the same URI.`,
  )
}

const normalize = ({ uri }: BackendStore): string => uri.replace(/^postgres(ql)?(\+\w+)?:/, 'postgresql:')

/** A path or a `file:` URI; other schemes name things that this version cannot keep. */
export const toDirectory = ({ value, origin }: SettingValue, workingDirectory: string, alternative = ''): string => {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(value)?.[1]?.toLowerCase()
  if (scheme === 'file') return fromFileUri(value, origin, workingDirectory)
  if (scheme !== undefined) {
    throw new CliError(
      `${origin} is '${withoutPassword(value)}', but '${scheme}:' is not supported here. Give a directory${alternative}.`,
    )
  }
  return isAbsolute(value) ? value : resolve(workingDirectory, value)
}

/** `file:runs` is a path, as in MLflow; `file:///srv/runs` a URI. */
const fromFileUri = (value: string, origin: string, workingDirectory: string): string => {
  if (!value.startsWith('file:/')) return resolve(workingDirectory, value.slice('file:'.length))
  try {
    return fileURLToPath(value)
  } catch (error) {
    throw new CliError(`${origin} is '${value}'. Give a path or file:///….`, undefined, { cause: error })
  }
}

/** `scheme://user:***@host` for messages and logs. */
export const withoutPassword = (uri: string): string =>
  uri.replace(/(:\/\/[^:/@]*):.*@/s, '$1:***@').replace(/([?&]password=)[^&]*/i, '$1***')
