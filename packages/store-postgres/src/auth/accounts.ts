import {
  ResourceAlreadyExistsError,
  ResourceDoesNotExistError,
  type User,
  type UserAccount,
  type UserStore,
} from '@tidemill/core'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { AccountTable } from '../tables/account.ts'
import type { Database } from '../tables/database.ts'
import { isStorable } from '../tracking/identifiers.ts'

export type AccountStore = Pick<
  UserStore,
  'createUser' | 'findAccount' | 'getUser' | 'setPasswordHash' | 'setAdmin' | 'deleteUser' | 'hasAdmin'
>

export const createAccountStore = (db: Kysely<Database>): AccountStore => ({
  createUser: async ({ username, passwordHash, isAdmin }) => {
    const row = await db
      .insertInto('account')
      .values({ username, password_hash: passwordHash, is_admin: isAdmin })
      .onConflict((conflict) => conflict.column('username').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) {
      throw new ResourceAlreadyExistsError(`User (username=${username}) already exists. Choose another name.`)
    }
    return toUser(row)
  },
  findAccount: async (username) => {
    const row = await findRow(db, username)
    return row === undefined ? undefined : toAccount(row)
  },
  getUser: async (username) => {
    const user = toUser(await requireAccount(db, username))
    const [experiments, models] = await Promise.all([
      db
        .selectFrom('experiment_permission')
        .where('user_id', '=', user.userId)
        .orderBy('experiment_id')
        .select(['experiment_id', 'permission'])
        .execute(),
      db
        .selectFrom('registered_model_permission')
        .innerJoin('registered_model', 'registered_model.id', 'registered_model_permission.model_id')
        .where('user_id', '=', user.userId)
        .orderBy(sql`registered_model.name collate "C"`)
        .select(['registered_model.name', 'permission'])
        .execute(),
    ])
    const { userId } = user
    return {
      ...user,
      experimentPermissions: experiments.map((row) => ({
        experimentId: String(row.experiment_id),
        userId,
        permission: row.permission,
      })),
      registeredModelPermissions: models.map(({ name, permission }) => ({ name, userId, permission })),
    }
  },
  setPasswordHash: (username, passwordHash) => update(db, username, { password_hash: passwordHash }),
  setAdmin: (username, isAdmin) => update(db, username, { is_admin: isAdmin }),
  deleteUser: async (username) => {
    if (!isStorable(username)) throw noUser(username)
    // Permissions go with it.
    const result = await db.deleteFrom('account').where('username', '=', username).executeTakeFirst()
    if (result.numDeletedRows === 0n) throw noUser(username)
  },
  hasAdmin: async () =>
    (await db.selectFrom('account').where('is_admin', '=', true).select('user_id').limit(1).executeTakeFirst()) !==
    undefined,
})

/** Throws ResourceDoesNotExistError. */
export const requireAccount = async (db: Kysely<Database>, username: string): Promise<Selectable<AccountTable>> => {
  const row = await findRow(db, username)
  if (row === undefined) throw noUser(username)
  return row
}

const findRow = async (db: Kysely<Database>, username: string): Promise<Selectable<AccountTable> | undefined> =>
  isStorable(username)
    ? db.selectFrom('account').selectAll().where('username', '=', username).executeTakeFirst()
    : undefined

const update = async (
  db: Kysely<Database>,
  username: string,
  change: { readonly password_hash: string } | { readonly is_admin: boolean },
): Promise<void> => {
  if (!isStorable(username)) throw noUser(username)
  const result = await db
    .updateTable('account')
    .set({ ...change, version: sql`version + 1` })
    .where('username', '=', username)
    .executeTakeFirst()
  if (result.numUpdatedRows === 0n) throw noUser(username)
}

const toUser = (row: Selectable<AccountTable>): User => ({
  userId: row.user_id,
  username: row.username,
  isAdmin: row.is_admin,
})

const toAccount = (row: Selectable<AccountTable>): UserAccount => ({
  ...toUser(row),
  passwordHash: row.password_hash,
  version: row.version,
})

const noUser = (username: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(`User with username=${username} not found`)
