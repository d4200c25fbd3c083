import {
  InvalidParameterValueError,
  ResourceAlreadyExistsError,
  type UserStore,
  validatePassword,
  validateUsername,
} from '@tidemill/core'
import type { PasswordHashes } from './password-hash.ts'
import type { AuthSettings } from './read-auth-config.ts'

/**
 * Makes the first admin where there is none. There is no password by default (spec/security.md S12): throws
 * InvalidParameterValueError that says what to set.
 */
export const ensureAdmin = async (
  users: Pick<UserStore, 'hasAdmin' | 'createUser'>,
  hashes: Pick<PasswordHashes, 'hash'>,
  { adminUsername, adminPassword }: AuthSettings,
): Promise<void> => {
  if (await users.hasAdmin()) return
  if (adminPassword === undefined) {
    throw new InvalidParameterValueError(
      'There is no admin yet. Set TIDEMILL_ADMIN_PASSWORD (or MLFLOW_AUTH_ADMIN_PASSWORD, or admin_password in the file of MLFLOW_AUTH_CONFIG_PATH) to a password of at least 12 characters for the first start.',
    )
  }
  validateUsername(adminUsername)
  validatePassword(adminPassword, adminUsername)
  const passwordHash = await hashes.hash(adminPassword)
  await users.createUser({ username: adminUsername, passwordHash, isAdmin: true }).catch((error: unknown) => {
    if (!(error instanceof ResourceAlreadyExistsError)) throw error
  })
  // Another server may have made it meanwhile; a plain user of that name is not made one.
  if (await users.hasAdmin()) return
  throw new InvalidParameterValueError(
    `There is a user '${adminUsername}' who is no admin, and no admin. Set MLFLOW_AUTH_ADMIN_USERNAME to another name.`,
  )
}
