import { ResourceAlreadyExistsError, ResourceDoesNotExistError, type UserStore } from '@tidemill/core'
import type { Kysely } from 'kysely'
import type { Database } from '../tables/database.ts'
import { findExperimentKey, toExperimentKey } from '../tracking/identifiers.ts'
import { noExperiment } from '../tracking/refusals.ts'
import { requireAccount } from './accounts.ts'

export type ExperimentPermissionStore = Pick<
  UserStore,
  | 'createExperimentPermission'
  | 'getExperimentPermission'
  | 'updateExperimentPermission'
  | 'deleteExperimentPermission'
  | 'findExperimentPermissions'
>

export const createExperimentPermissionStore = (db: Kysely<Database>): ExperimentPermissionStore => {
  const keysOf = async (experimentId: string, username: string) => {
    const { user_id: userId } = await requireAccount(db, username)
    return { userId, experimentKey: toExperimentKey(experimentId) }
  }
  return {
    createExperimentPermission: async (experimentId, username, permission) => {
      const { userId, experimentKey } = await keysOf(experimentId, username)
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto('experiment_permission')
        .columns(['user_id', 'experiment_id', 'permission'])
        .expression((eb) =>
          eb
            .selectFrom('experiment')
            .where('experiment_id', '=', experimentKey)
            .select((select) => [
              select.val(userId).as('user_id'),
              'experiment_id',
              select.val(permission).as('permission'),
            ]),
        )
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      if (numInsertedOrUpdatedRows > 0n) return { experimentId, userId, permission }
      const exists = await db
        .selectFrom('experiment')
        .where('experiment_id', '=', experimentKey)
        .select('experiment_id')
        .executeTakeFirst()
      if (exists === undefined) throw noExperiment(experimentId)
      throw new ResourceAlreadyExistsError(
        `Experiment permission (experiment_id=${experimentId}, username=${username}) already exists. Update it instead.`,
      )
    },
    getExperimentPermission: async (experimentId, username) => {
      const { userId, experimentKey } = await keysOf(experimentId, username)
      const row = await db
        .selectFrom('experiment_permission')
        .where('user_id', '=', userId)
        .where('experiment_id', '=', experimentKey)
        .select('permission')
        .executeTakeFirst()
      if (row === undefined) throw noPermission(experimentId, username)
      return { experimentId, userId, permission: row.permission }
    },
    updateExperimentPermission: async (experimentId, username, permission) => {
      const { userId, experimentKey } = await keysOf(experimentId, username)
      const result = await db
        .updateTable('experiment_permission')
        .set({ permission })
        .where('user_id', '=', userId)
        .where('experiment_id', '=', experimentKey)
        .executeTakeFirst()
      if (result.numUpdatedRows === 0n) throw noPermission(experimentId, username)
    },
    deleteExperimentPermission: async (experimentId, username) => {
      const { userId, experimentKey } = await keysOf(experimentId, username)
      const result = await db
        .deleteFrom('experiment_permission')
        .where('user_id', '=', userId)
        .where('experiment_id', '=', experimentKey)
        .executeTakeFirst()
      if (result.numDeletedRows === 0n) throw noPermission(experimentId, username)
    },
    findExperimentPermissions: async (userId, experimentIds) => {
      const keys = experimentIds.map(findExperimentKey).filter((key) => key !== undefined)
      if (keys.length === 0) return new Map()
      const rows = await db
        .selectFrom('experiment_permission')
        .where('user_id', '=', userId)
        .where('experiment_id', 'in', [...new Set(keys)])
        .select(['experiment_id', 'permission'])
        .execute()
      return new Map(rows.map((row) => [String(row.experiment_id), row.permission]))
    },
  }
}

const noPermission = (experimentId: string, username: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(
    `Experiment permission with experiment_id=${experimentId} and username=${username} not found`,
  )
