import { ResourceAlreadyExistsError, ResourceDoesNotExistError, type UserStore } from '@tidemill/core'
import type { Kysely } from 'kysely'
import { noRegisteredModel } from '../registry/refusals.ts'
import type { Database } from '../tables/database.ts'
import { isStorable } from '../tracking/identifiers.ts'
import { requireAccount } from './accounts.ts'

export type ModelPermissionStore = Pick<
  UserStore,
  | 'createModelPermission'
  | 'getModelPermission'
  | 'updateModelPermission'
  | 'deleteModelPermission'
  | 'findModelPermissions'
>

/** Rows name the model by its key: a rename keeps them, a deletion takes them along. */
export const createModelPermissionStore = (db: Kysely<Database>): ModelPermissionStore => {
  const keysOf = async (name: string, username: string) => {
    const { user_id: userId } = await requireAccount(db, username)
    const model = isStorable(name)
      ? await db.selectFrom('registered_model').where('name', '=', name).select('id').executeTakeFirst()
      : undefined
    if (model === undefined) throw noRegisteredModel(name)
    return { userId, modelKey: model.id }
  }
  return {
    createModelPermission: async (name, username, permission) => {
      const { userId, modelKey } = await keysOf(name, username)
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto('registered_model_permission')
        .values({ user_id: userId, model_id: modelKey, permission })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      if (numInsertedOrUpdatedRows > 0n) return { name, userId, permission }
      throw new ResourceAlreadyExistsError(
        `Registered model permission (name=${name}, username=${username}) already exists. Update it instead.`,
      )
    },
    getModelPermission: async (name, username) => {
      const { userId, modelKey } = await keysOf(name, username)
      const row = await db
        .selectFrom('registered_model_permission')
        .where('user_id', '=', userId)
        .where('model_id', '=', modelKey)
        .select('permission')
        .executeTakeFirst()
      if (row === undefined) throw noPermission(name, username)
      return { name, userId, permission: row.permission }
    },
    updateModelPermission: async (name, username, permission) => {
      const { userId, modelKey } = await keysOf(name, username)
      const result = await db
        .updateTable('registered_model_permission')
        .set({ permission })
        .where('user_id', '=', userId)
        .where('model_id', '=', modelKey)
        .executeTakeFirst()
      if (result.numUpdatedRows === 0n) throw noPermission(name, username)
    },
    deleteModelPermission: async (name, username) => {
      const { userId, modelKey } = await keysOf(name, username)
      const result = await db
        .deleteFrom('registered_model_permission')
        .where('user_id', '=', userId)
        .where('model_id', '=', modelKey)
        .executeTakeFirst()
      if (result.numDeletedRows === 0n) throw noPermission(name, username)
    },
    findModelPermissions: async (userId, names) => {
      const storable = names.filter(isStorable)
      if (storable.length === 0) return new Map()
      const rows = await db
        .selectFrom('registered_model_permission')
        .innerJoin('registered_model', 'registered_model.id', 'registered_model_permission.model_id')
        .where('user_id', '=', userId)
        .where('registered_model.name', 'in', storable)
        .select(['registered_model.name', 'permission'])
        .execute()
      return new Map(rows.map(({ name, permission }) => [name, permission]))
    },
  }
}

const noPermission = (name: string, username: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(`Registered model permission with name=${name} and username=${username} not found`)
