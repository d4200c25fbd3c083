import type { UserStore } from '@tidemill/core'
import { createAccountStore } from './auth/accounts.ts'
import { createAttemptTokenStore } from './auth/attempt-tokens.ts'
import { createExperimentPermissionStore } from './auth/experiment-permissions.ts'
import { createMayRead } from './auth/may-read.ts'
import { createModelPermissionStore } from './auth/model-permissions.ts'
import { createOwnerStore } from './auth/owners.ts'
import type { OpenDatabase } from './database/open-database.ts'

/** Users and permissions in a database. Close the database after the last call. */
export const createUserStore = ({ db }: Pick<OpenDatabase, 'db'>): UserStore => {
  const permissions = {
    ...createExperimentPermissionStore(db),
    ...createModelPermissionStore(db),
    ...createOwnerStore(db),
  }
  return {
    ...createAccountStore(db),
    ...permissions,
    ...createAttemptTokenStore(db),
    mayRead: createMayRead(db, permissions),
  }
}
