import {
  isPrompt,
  lastOfEachKey,
  type NewRegisteredModel,
  type RegisteredModel,
  type RegistryStore,
} from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import { isUniqueViolation } from '../queries/retry-on-conflict.ts'
import { nowMs } from '../queries/run.ts'
import { enqueueWebhookEvent } from '../queries/webhook-outbox.ts'
import type { Database } from '../tables/database.ts'
import { inModel } from './in-model.ts'
import { latestOfStages, modelVersionColumns, type ModelVersionRow, toModelVersion } from './model-version-row.ts'
import { nameTaken, newNameTaken, noRegisteredModel } from './refusals.ts'
import {
  isPromptModel,
  registeredModelColumns,
  type RegisteredModelRow,
  toRegisteredModel,
} from './registered-model-row.ts'
import { promptTagEvent, registeredModelCreated } from './registry-events.ts'
import { searchRegisteredModels } from './search-registered-models.ts'

export type RegisteredModelStore = Pick<
  RegistryStore,
  | 'createRegisteredModel'
  | 'getRegisteredModel'
  | 'renameRegisteredModel'
  | 'updateRegisteredModel'
  | 'deleteRegisteredModel'
  | 'searchRegisteredModels'
  | 'getLatestVersions'
  | 'setRegisteredModelTag'
  | 'deleteRegisteredModelTag'
>

export const createRegisteredModelStore = (db: Kysely<Database>): RegisteredModelStore => ({
  createRegisteredModel: (model) => createRegisteredModel(db, { ...model, tags: lastOfEachKey(model.tags) }),
  getRegisteredModel: (name) => getRegisteredModel(db, name),
  renameRegisteredModel: async (name, newName) => {
    await rename(db, name, newName)
    return getRegisteredModel(db, newName)
  },
  updateRegisteredModel: async (name, description) => {
    const { rows } = await sql<RegisteredModelRow>`
      with updated as (
        update registered_model set description = ${description}, last_update_time = ${nowMs}
        where name = ${name} returning *
      )
      select ${registeredModelColumns} from updated as registered_model`.execute(db)
    if (rows[0] === undefined) throw noRegisteredModel(name)
    return toRegisteredModel(rows[0])
  },
  deleteRegisteredModel: async (name) => {
    // Versions, tags and aliases go with it.
    const result = await db.deleteFrom('registered_model').where('name', '=', name).executeTakeFirst()
    if (result.numDeletedRows === 0n) throw noRegisteredModel(name)
  },
  searchRegisteredModels: async (search) => {
    const { rows, nextPageToken } = await searchRegisteredModels(db, search)
    return { items: rows.map(toRegisteredModel), ...(nextPageToken === undefined ? {} : { nextPageToken }) }
  },
  getLatestVersions: async (name, stages) => {
    const { rows } = await sql<ModelVersionRow>`
      select ${modelVersionColumns} from registered_model cross join ${latestOfStages(stages)}
      where registered_model.name = ${name} order by wanted.stage_position`.execute(db)
    if (rows.length === 0) await validateExists(db, name)
    return rows.map(toModelVersion)
  },
  setRegisteredModelTag: async (name, tag) => {
    const isSet = await inModel(db, name, 'tags', async (transaction, model) => {
      await sql`
        insert into registered_model_tag (model_id, key, value) values (${model.id}, ${tag.key}, ${tag.value})
        on conflict (model_id, key) do update set value = excluded.value`.execute(transaction)
      if (model.isPrompt) await enqueueWebhookEvent(transaction, promptTagEvent('set', { name, ...tag }))
      return true
    })
    if (isSet === undefined) throw noRegisteredModel(name)
  },
  deleteRegisteredModelTag: async (name, key) => {
    const isDone = await inModel(db, name, 'tags', async (transaction, model) => {
      const { numDeletedRows } = await transaction
        .deleteFrom('registered_model_tag')
        .where('model_id', '=', model.id)
        .where('key', '=', key)
        .executeTakeFirst()
      if (numDeletedRows > 0n && model.isPrompt) {
        await enqueueWebhookEvent(transaction, promptTagEvent('deleted', { name, key }))
      }
      return true
    })
    if (isDone === undefined) throw noRegisteredModel(name)
  },
})

/** Throws ResourceDoesNotExistError. */
export const validateExists = async (db: Kysely<Database>, name: string): Promise<void> => {
  const row = await db.selectFrom('registered_model').select('id').where('name', '=', name).executeTakeFirst()
  if (row === undefined) throw noRegisteredModel(name)
}

const getRegisteredModel = async (db: Kysely<Database>, name: string): Promise<RegisteredModel> => {
  const { rows } = await sql<RegisteredModelRow>`
    select ${registeredModelColumns} from registered_model where registered_model.name = ${name}`.execute(db)
  if (rows[0] === undefined) throw noRegisteredModel(name)
  return toRegisteredModel(rows[0])
}

const createRegisteredModel = async (db: Kysely<Database>, model: NewRegisteredModel): Promise<RegisteredModel> => {
  const { name, description, tags, creatorId = null } = model
  const now = await db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ now: number }>`
      with made as (
        insert into registered_model (name, description, creation_time, last_update_time)
        select ${name}, ${description}, now_ms, now_ms from (select ${nowMs} as now_ms) as clock
        on conflict (name) do nothing
        returning id, creation_time
      ),
      tag as (
        insert into registered_model_tag (model_id, key, value)
        select id, key, value
        from made cross join unnest(${tags.map(({ key }) => key)}::text[], ${tags.map(({ value }) => value)}::text[])
          as input (key, value)
      ),
      owner as (
        insert into registered_model_permission (user_id, model_id, permission)
        select ${creatorId}::int, id, 'MANAGE' from made where ${creatorId}::int is not null
      )
      select creation_time as now from made`.execute(transaction)
    if (rows[0] !== undefined) await enqueueWebhookEvent(transaction, registeredModelCreated(model))
    return rows[0]?.now
  })
  if (now === undefined) throw nameTaken(model, await isTakenByPrompt(db, model))
  return {
    name,
    description,
    tags: tags.toSorted(byKey),
    aliases: [],
    latestVersions: [],
    creationTime: now,
    lastUpdateTime: now,
  }
}

/** A model that went away meanwhile counts as one of the same kind. */
const isTakenByPrompt = async (db: Kysely<Database>, { name, tags }: NewRegisteredModel): Promise<boolean> => {
  const { rows } = await sql<{ is_prompt: boolean }>`
    select ${isPromptModel} as is_prompt from registered_model where registered_model.name = ${name}`.execute(db)
  return rows[0]?.is_prompt ?? isPrompt(tags)
}

const rename = async (db: Kysely<Database>, name: string, newName: string): Promise<void> => {
  const isRenamed = await inModel(db, name, 'versions', async (transaction, { id, now }) => {
    await transaction
      .updateTable('registered_model')
      .set({ name: newName, last_update_time: now })
      .where('id', '=', id)
      .execute()
    await transaction.updateTable('model_version').set({ last_update_time: now }).where('model_id', '=', id).execute()
    return true
  }).catch((error: unknown) => {
    throw isUniqueViolation(error) ? newNameTaken(newName) : error
  })
  if (isRenamed === undefined) throw noRegisteredModel(name)
}

const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => (a.key < b.key ? -1 : 1)
