import type { ImportedModelVersion, ImportedRegisteredModel, ImportOutcome, ModelStage, Tag } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import { importing, textColumn } from './importing.ts'

type Pair = readonly [key: string, value: string]

/** Aliases of the source move to its versions; everything else that is there and not in the source stays. */
export const putRegisteredModel = (db: Kysely<Database>, model: ImportedRegisteredModel): Promise<ImportOutcome> =>
  importing(db, async (transaction) => {
    const { key, outcome } = await upsertModel(transaction, model)
    const { tags, aliases, versions } = model
    let changed = 0n
    changed += await affected(
      sql`
      insert into registered_model_tag as stored (model_id, key, value)
      select ${key}::int, * from unnest(${textColumn(tags, (tag) => tag.key)}, ${textColumn(tags, (tag) => tag.value)})
      on conflict (model_id, key) do update set value = excluded.value where stored.value <> excluded.value`.execute(
        transaction,
      ),
    )
    for (const version of versions) changed += await putVersion(transaction, key, version)
    changed += await affected(
      sql`
      insert into registered_model_alias as stored (model_id, alias, version)
      select ${key}::int, * from unnest(
        ${textColumn(aliases, ({ alias }) => alias)}, ${sql`${aliases.map(({ version }) => version)}::int[]`}
      )
      on conflict (model_id, alias) do update set version = excluded.version
      where stored.version <> excluded.version`.execute(transaction),
    )
    return outcome === 'unchanged' && changed > 0n ? 'updated' : outcome
  })

const affected = async (running: Promise<{ readonly numAffectedRows?: bigint }>): Promise<bigint> =>
  (await running).numAffectedRows ?? 0n

const upsertModel = async (
  db: Kysely<Database>,
  model: ImportedRegisteredModel,
): Promise<{ key: number; outcome: ImportOutcome }> => {
  const { rows } = await sql<{ id: number; is_new: boolean | null }>`
    with put as (
      insert into registered_model as stored (name, description, last_version, creation_time, last_update_time)
      values (
        ${model.name}, ${model.description}, ${model.lastVersion}, ${model.creationTime}, ${model.lastUpdateTime}
      )
      on conflict (name) do update set
        description = excluded.description, last_version = greatest(stored.last_version, excluded.last_version),
        last_update_time = greatest(stored.last_update_time, excluded.last_update_time)
      where stored.description <> excluded.description or stored.last_version < excluded.last_version
        or stored.last_update_time < excluded.last_update_time
      returning id, xmax = 0 as is_new
    )
    select id, is_new from put
    union all
    select id, null from registered_model where name = ${model.name} and not exists (select from put)`.execute(db)
  const row = rows[0]
  if (row === undefined) throw new Error(`Registered model '${model.name}' got no row`)
  return { key: row.id, outcome: row.is_new === null ? 'unchanged' : row.is_new ? 'created' : 'updated' }
}

const putVersion = async (db: Kysely<Database>, modelKey: number, version: ImportedModelVersion): Promise<bigint> => {
  const put = await affected(
    sql`
    insert into model_version as stored (
      model_id, version, stage, description, source, storage_location, run_id, run_link, user_id, creation_time,
      last_update_time
    )
    values (
      ${modelKey}, ${version.version}, ${version.stage}, ${version.description}, ${version.source},
      ${version.storageLocation}, ${version.runId}, ${version.runLink}, ${version.userId ?? null},
      ${version.creationTime}, ${version.lastUpdateTime}
    )
    on conflict (model_id, version) do update set
      stage = excluded.stage, description = excluded.description, source = excluded.source,
      storage_location = excluded.storage_location, run_id = excluded.run_id, run_link = excluded.run_link,
      user_id = excluded.user_id, last_update_time = excluded.last_update_time
    where (stored.stage, stored.description, stored.source, stored.storage_location, stored.run_id, stored.run_link,
        stored.user_id, stored.last_update_time)
      is distinct from (excluded.stage, excluded.description, excluded.source, excluded.storage_location,
        excluded.run_id, excluded.run_link, excluded.user_id, excluded.last_update_time)`.execute(db),
  )
  const tagged = await affected(
    sql`
    insert into model_version_tag as stored (model_version_id, key, value)
    select model_version.id, tag.key, tag.value
    from model_version cross join unnest(
      ${textColumn(version.tags, ({ key }) => key)}, ${textColumn(version.tags, ({ value }) => value)}
    ) as tag (key, value)
    where model_id = ${modelKey} and version = ${version.version}
    on conflict (model_version_id, key) do update set value = excluded.value where stored.value <> excluded.value`.execute(
      db,
    ),
  )
  return put + tagged
}

interface ModelRow {
  readonly id: number
  readonly name: string
  readonly description: string
  readonly last_version: number
  readonly creation_time: number
  readonly last_update_time: number
  readonly tags: readonly Pair[] | null
  readonly aliases: readonly (readonly [alias: string, version: number])[] | null
}

interface VersionRow {
  readonly version: number
  readonly stage: ModelStage
  readonly description: string
  readonly source: string
  readonly storage_location: string
  readonly run_id: string | null
  readonly run_link: string | null
  readonly user_id: string | null
  readonly creation_time: number
  readonly last_update_time: number
  readonly tags: readonly Pair[] | null
}

export const findRegisteredModel = async (
  db: Kysely<Database>,
  name: string,
): Promise<ImportedRegisteredModel | undefined> => {
  const { rows } = await sql<ModelRow>`
    select id, name, description, last_version, creation_time, last_update_time,
      (select json_agg(json_build_array(key, value)) from registered_model_tag where model_id = id) as tags,
      (select json_agg(json_build_array(alias, version)) from registered_model_alias where model_id = id) as aliases
    from registered_model where name = ${name}`.execute(db)
  const model = rows[0]
  if (model === undefined) return undefined
  const versions = await sql<VersionRow>`
    select version, stage, description, source, storage_location, run_id, run_link, user_id, creation_time,
      last_update_time,
      (select json_agg(json_build_array(key, value)) from model_version_tag where model_version_id = id) as tags
    from model_version where model_id = ${model.id} and stage <> 'Deleted_Internal' order by version`.execute(db)
  return {
    name: model.name,
    description: model.description,
    tags: toTags(model.tags),
    aliases: (model.aliases ?? []).map(([alias, version]) => ({ alias, version })),
    versions: versions.rows.map(toVersion),
    lastVersion: model.last_version,
    creationTime: model.creation_time,
    lastUpdateTime: model.last_update_time,
  }
}

const toVersion = (row: VersionRow): ImportedModelVersion => ({
  version: row.version,
  stage: row.stage,
  description: row.description,
  source: row.source,
  storageLocation: row.storage_location,
  runId: row.run_id ?? '',
  runLink: row.run_link ?? '',
  ...(row.user_id === null ? {} : { userId: row.user_id }),
  tags: toTags(row.tags),
  creationTime: row.creation_time,
  lastUpdateTime: row.last_update_time,
})

const toTags = (pairs: readonly Pair[] | null): Tag[] => (pairs ?? []).map(([key, value]) => ({ key, value }))
