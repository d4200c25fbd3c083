import { EndpointNotFoundError, type Permission, type UserStore } from '@tidemill/core'
import { createAuthenticator } from './authenticator.ts'
import { ensureAdmin } from './ensure-admin.ts'
import { createGuard, type Guard } from './guard.ts'
import { createPasswordHashes, type PasswordHashes } from './password-hash.ts'
import { type AuthConfig, readAuthSettings } from './read-auth-config.ts'

/** What the routes of users and permissions work on. */
export interface Accounts {
  readonly users: UserStore
  readonly hashes: PasswordHashes
  /** Of users without a permission of their own. */
  readonly defaultPermission: Permission
}

/** Throws InvalidParameterValueError when there is no admin and no password for one. */
export const createAccess = async (
  users: UserStore,
  config: AuthConfig,
): Promise<{ readonly guard: Guard; readonly accounts: Accounts }> => {
  const settings = await readAuthSettings(config)
  const hashes = createPasswordHashes()
  await ensureAdmin(users, hashes, settings)
  const authenticator = createAuthenticator(users, hashes)
  const guard = createGuard({ users, authenticator, defaultPermission: settings.defaultPermission })
  return { guard, accounts: { users, hashes, defaultPermission: settings.defaultPermission } }
}

/** Throws EndpointNotFoundError on a server that asks nobody who they are. */
export const requireAccounts = ({ accounts }: { readonly accounts?: Accounts }): Accounts => {
  if (accounts !== undefined) return accounts
  throw new EndpointNotFoundError('This server has no users. Start it with --app-name basic-auth to have some.')
}
