import {
  lastOfEachKey,
  type ModelStage,
  type ModelVersion,
  type NewModelVersion,
  type RegistryStore,
} from '@tidemill/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import { nowMs } from '../queries/run.ts'
import { enqueueWebhookEvent } from '../queries/webhook-outbox.ts'
import type { Database } from '../tables/database.ts'
import { insertModelVersion } from './create-model-version.ts'
import { inModel, type LockedModel } from './in-model.ts'
import {
  hasNumber,
  isLiveVersion,
  modelVersionColumns,
  type ModelVersionRow,
  toModelVersion,
} from './model-version-row.ts'
import { noteRegisteredVersion } from './note-registered-version.ts'
import { noModelVersion, noRegisteredModel } from './refusals.ts'
import { modelVersionCreated, versionTagEvent } from './registry-events.ts'
import { getModelLocation, type ResolvedVersion, resolveVersionSource } from './resolve-source.ts'
import { searchModelVersions } from './search-model-versions.ts'

export type ModelVersionStore = Pick<
  RegistryStore,
  | 'createModelVersion'
  | 'getModelVersion'
  | 'updateModelVersion'
  | 'transitionStage'
  | 'deleteModelVersion'
  | 'searchModelVersions'
  | 'getDownloadUri'
  | 'getModelLocation'
  | 'setModelVersionTag'
  | 'deleteModelVersionTag'
>

export const createModelVersionStore = (
  db: Kysely<Database>,
  sourcePattern: RegExp | undefined,
): ModelVersionStore => ({
  createModelVersion: async (version) => {
    const tags = lastOfEachKey(version.tags)
    return createModelVersion(db, await resolveVersionSource(db, { ...version, tags }, sourcePattern))
  },
  getModelVersion: (name, version) => getModelVersion(db, name, version),
  updateModelVersion: async (name, version, description) => {
    await sql`
      update model_version set description = ${description}, last_update_time = ${nowMs}
      from registered_model
      where registered_model.id = model_version.model_id and registered_model.name = ${name}
        and ${hasNumber(version)} and ${isLiveVersion}`.execute(db)
    return getModelVersion(db, name, version)
  },
  transitionStage: (name, version, stage, { archiveExisting }) =>
    inVersion(db, name, version, async (transaction, model) => {
      if (archiveExisting) await archiveOthers(transaction, model, version, stage)
      await setStage(transaction, model, version, stage)
      return getModelVersion(transaction, name, version)
    }),
  deleteModelVersion: (name, version) => inVersion(db, name, version, deleteVersion),
  searchModelVersions: async (search) => {
    const { rows, nextPageToken } = await searchModelVersions(db, search)
    return { items: rows.map(toModelVersion), ...(nextPageToken === undefined ? {} : { nextPageToken }) }
  },
  getDownloadUri: async (name, version) => (await getModelVersion(db, name, version)).storageLocation,
  getModelLocation: (uri) => getModelLocation(db, uri),
  setModelVersionTag: (name, version, tag) =>
    inVersion(db, name, version, async (transaction, model, key) => {
      await sql`
        insert into model_version_tag (model_version_id, key, value) values (${key}, ${tag.key}, ${tag.value})
        on conflict (model_version_id, key) do update set value = excluded.value`.execute(transaction)
      const data = { name, version: String(version), ...tag }
      await enqueueWebhookEvent(transaction, versionTagEvent(model.isPrompt, 'set', data))
    }),
  deleteModelVersionTag: (name, version, tagKey) =>
    inVersion(db, name, version, async (transaction, model, key) => {
      const { numDeletedRows } = await transaction
        .deleteFrom('model_version_tag')
        .where('model_version_id', '=', key)
        .where('key', '=', tagKey)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return
      const data = { name, version: String(version), key: tagKey }
      await enqueueWebhookEvent(transaction, versionTagEvent(model.isPrompt, 'deleted', data))
    }),
})

const createModelVersion = async (db: Kysely<Database>, version: ResolvedVersion): Promise<ModelVersion> => {
  const { loggedModelKey } = version
  const insert = (on: Kysely<Database>) => insertModelVersion(on, version, modelVersionCreated(version))
  const made = await retryOnConflict(() =>
    loggedModelKey === undefined
      ? insert(db)
      : db.transaction().execute(async (transaction) => {
          const inserted = await insert(transaction)
          if (inserted !== undefined) {
            await noteRegisteredVersion(transaction, loggedModelKey, { name: version.name, version: inserted.version })
          }
          return inserted
        }),
  )
  if (made === undefined) throw noRegisteredModel(version.name)
  return toMadeVersion(version, made)
}

const toMadeVersion = (
  { name, source, storageLocation, runId, runLink, description, tags }: NewModelVersion & ResolvedVersion,
  { version, now }: { readonly version: number; readonly now: number },
): ModelVersion => ({
  name,
  version,
  stage: 'None',
  description,
  source,
  storageLocation,
  runId,
  runLink,
  tags: tags.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  aliases: [],
  creationTime: now,
  lastUpdateTime: now,
})

const getModelVersion = async (db: Kysely<Database>, name: string, version: number): Promise<ModelVersion> => {
  const { rows } = await sql<ModelVersionRow>`
    select ${modelVersionColumns}
    from registered_model join model_version on model_version.model_id = registered_model.id
    where registered_model.name = ${name} and ${hasNumber(version)} and ${isLiveVersion}`.execute(db)
  if (rows[0] === undefined) throw noModelVersion(name, version)
  return toModelVersion(rows[0])
}

/** As `inModel`, with the row id of a version that is not deleted. Throws ResourceDoesNotExistError. */
const inVersion = async <T>(
  db: Kysely<Database>,
  name: string,
  version: number,
  work: (transaction: Transaction<Database>, model: LockedModel, key: number) => Promise<T>,
): Promise<T> => {
  const result = await inModel(db, name, 'versions', async (transaction, model) => {
    const { rows } = await sql<{ id: number }>`
      select id from model_version
      where model_version.model_id = ${model.id} and ${hasNumber(version)} and ${isLiveVersion}`.execute(transaction)
    const key = rows[0]?.id
    return key === undefined ? undefined : { value: await work(transaction, model, key) }
  })
  if (result === undefined) throw noModelVersion(name, version)
  return result.value
}

const archiveOthers = async (
  transaction: Transaction<Database>,
  model: LockedModel,
  version: number,
  stage: ModelStage,
): Promise<void> => {
  await transaction
    .updateTable('model_version')
    .set({ stage: 'Archived', last_update_time: model.now })
    .where('model_id', '=', model.id)
    .where('stage', '=', stage)
    .where('version', '!=', version)
    .execute()
}

const setStage = async (
  transaction: Transaction<Database>,
  model: LockedModel,
  version: number,
  stage: ModelStage,
): Promise<void> => {
  await transaction
    .updateTable('model_version')
    .set({ stage, last_update_time: model.now })
    .where('model_id', '=', model.id)
    .where('version', '=', version)
    .execute()
  await touchModel(transaction, model)
}

/** The row stays, so that its number is not given again; what it said of places and people does not. */
const deleteVersion = async (transaction: Transaction<Database>, model: LockedModel, key: number): Promise<void> => {
  const { version } = await transaction
    .updateTable('model_version')
    .set({
      stage: 'Deleted_Internal',
      description: '',
      user_id: null,
      status_message: null,
      source: 'REDACTED-SOURCE-PATH',
      storage_location: 'REDACTED-SOURCE-PATH',
      run_id: 'REDACTED-RUN-ID',
      run_link: 'REDACTED-RUN-LINK',
      last_update_time: model.now,
    })
    .where('id', '=', key)
    .returning('version')
    .executeTakeFirstOrThrow()
  await transaction
    .deleteFrom('registered_model_alias')
    .where('model_id', '=', model.id)
    .where('version', '=', version)
    .execute()
  await touchModel(transaction, model)
}

const touchModel = async (transaction: Transaction<Database>, { id, now }: LockedModel): Promise<void> => {
  await transaction.updateTable('registered_model').set({ last_update_time: now }).where('id', '=', id).execute()
}
