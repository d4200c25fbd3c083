import { isLatestAlias, MODEL_STAGES, type RegistryStore, ResourceDoesNotExistError } from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { enqueueWebhookEvent } from '../queries/webhook-outbox.ts'
import type { Database } from '../tables/database.ts'
import { inModel } from './in-model.ts'
import {
  hasNumber,
  isLiveVersion,
  latestOfStages,
  modelVersionColumns,
  type ModelVersionRow,
  toModelVersion,
} from './model-version-row.ts'
import { noAlias, noModelVersion, noRegisteredModel } from './refusals.ts'
import { validateExists } from './registered-model-store.ts'
import { aliasEvent } from './registry-events.ts'

export type AliasStore = Pick<RegistryStore, 'setAlias' | 'deleteAlias' | 'getVersionByAlias'>

export const createAliasStore = (db: Kysely<Database>): AliasStore => ({
  setAlias: async (name, alias, version) => {
    const isSet = await inModel(db, name, 'versions', async (transaction, model) => {
      const { rows } = await sql`
        insert into registered_model_alias (model_id, alias, version)
        select model_version.model_id, ${alias}, model_version.version from model_version
        where model_version.model_id = ${model.id} and ${hasNumber(version)} and ${isLiveVersion}
        on conflict (model_id, alias) do update set version = excluded.version
        returning model_id`.execute(transaction)
      if (rows.length === 0) return false
      await enqueueWebhookEvent(
        transaction,
        aliasEvent(model.isPrompt, 'created', { name, alias, version: String(version) }),
      )
      return true
    })
    if (isSet !== true) throw noModelVersion(name, version)
  },
  deleteAlias: async (name, alias) => {
    const isDone = await inModel(db, name, 'versions', async (transaction, model) => {
      const { numDeletedRows } = await transaction
        .deleteFrom('registered_model_alias')
        .where('model_id', '=', model.id)
        .where('alias', '=', alias)
        .executeTakeFirst()
      if (numDeletedRows > 0n) {
        await enqueueWebhookEvent(transaction, aliasEvent(model.isPrompt, 'deleted', { name, alias }))
      }
      return true
    })
    if (isDone === undefined) throw noRegisteredModel(name)
  },
  getVersionByAlias: async (name, alias) => {
    const isLatest = isLatestAlias(alias)
    const { rows } = await sql<ModelVersionRow>`
      select ${modelVersionColumns} from registered_model ${isLatest ? newestVersion : versionOfAlias(alias)}
      where registered_model.name = ${name}
      order by model_version.version desc limit 1`.execute(db)
    if (rows[0] !== undefined) return toModelVersion(rows[0])
    await validateExists(db, name)
    throw isLatest ? new ResourceDoesNotExistError(`Latest version not found for model ${name}.`) : noAlias(alias)
  },
})

const newestVersion = sql`cross join ${latestOfStages(MODEL_STAGES)}`

const versionOfAlias = (alias: string): RawBuilder<unknown> => sql`
  join registered_model_alias on registered_model_alias.model_id = registered_model.id
    and registered_model_alias.alias = ${alias}
  join model_version on model_version.model_id = registered_model.id
    and model_version.version = registered_model_alias.version`
