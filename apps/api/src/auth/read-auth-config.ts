import { readFile } from 'node:fs/promises'
import { InvalidParameterValueError, parsePermission, type Permission } from '@tidemill/core'
import { parse } from 'ini'

/** What a server needs to know to ask its callers who they are; variables win over the file. */
export interface AuthConfig {
  /** File in MLflow's format: INI with a section `[mlflow]`. */
  readonly configPath?: string
  /** Of the first admin, who is made when there is none. @default admin */
  readonly adminUsername?: string
  readonly adminPassword?: string
}

export interface AuthSettings {
  readonly defaultPermission: Permission
  readonly adminUsername: string
  readonly adminPassword?: string
}

const OWN_LOGIN = 'mlflow.server.auth:authenticate_request_basic_auth'
const KNOWN_KEYS: ReadonlySet<string> = new Set([
  'default_permission',
  'admin_username',
  'admin_password',
  'authorization_function',
  // Users are in the backend store here.
  'database_uri',
])

/** Throws InvalidParameterValueError for a file that cannot be read, or that asks for what this server does not do. */
export const readAuthSettings = async (config: AuthConfig): Promise<AuthSettings> => {
  const file = config.configPath === undefined ? {} : await readSection(config.configPath)
  const login = file['authorization_function'] ?? OWN_LOGIN
  if (login !== OWN_LOGIN) {
    throw new InvalidParameterValueError(
      `authorization_function in ${config.configPath} is '${login}', which is Python and cannot run here. Take it out.`,
    )
  }
  const adminPassword = config.adminPassword ?? file['admin_password']
  return {
    defaultPermission: parsePermission(file['default_permission'] ?? 'READ'),
    adminUsername: config.adminUsername ?? file['admin_username'] ?? 'admin',
    ...(adminPassword === undefined ? {} : { adminPassword }),
  }
}

const readSection = async (path: string): Promise<Readonly<Record<string, string>>> => {
  const section: unknown = parse(await readText(path))['mlflow']
  if (typeof section !== 'object' || section === null) {
    throw new InvalidParameterValueError(`${path} has no section [mlflow]. See MLflow's basic_auth.ini.`)
  }
  return Object.fromEntries(
    Object.entries(section).flatMap(([key, value]: [string, unknown]) =>
      KNOWN_KEYS.has(key) && typeof value === 'string' && value !== '' ? [[key, value]] : [],
    ),
  )
}

const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new InvalidParameterValueError(
      `MLFLOW_AUTH_CONFIG_PATH is '${path}', which cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    )
  }
}
