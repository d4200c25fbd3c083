import type { LoggedModelStatus, Param, Tag } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import { artifactUriOf, nowMs } from '../queries/run.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { loggedModelColumns, type LoggedModelRow } from './logged-model-row.ts'

/**
 * Inserts a model into an active experiment; its files lie below the experiment's location. Keys are distinct in
 * `params` and in `tags`. Undefined: no active experiment has this id.
 */
export const insertLoggedModel = async (
  db: Kysely<Database>,
  model: {
    readonly modelId: string
    readonly experimentId: ExperimentKey
    readonly name: string
    readonly modelType: string
    readonly sourceRunId: string
    readonly params: readonly Param[]
    readonly tags: readonly Tag[]
  },
): Promise<{ readonly artifact_uri: string; readonly creation_time: number } | undefined> => {
  const { params, tags } = model
  const result = await sql<{ artifact_uri: string; creation_time: number }>`
    with target as (
      select experiment_id, artifact_location from experiment
      where experiment_id = ${model.experimentId} and lifecycle_stage = 'active'
      for share
    ),
    made as (
      insert into logged_model (
        model_id, experiment_id, name, artifact_uri, model_type, source_run_id, creation_time, last_update_time
      )
      select ${model.modelId}, experiment_id, ${model.name}, ${artifactUriOf(`models/${model.modelId}`)},
        ${model.modelType}, ${model.sourceRunId}, now_ms, now_ms
      from target cross join (select ${nowMs} as now_ms) as clock
      returning id, artifact_uri, creation_time
    ),
    param as (
      insert into logged_model_param (model_id, key, value)
      select made.id, key, value from made
      cross join unnest(${params.map(({ key }) => key)}::text[], ${params.map(({ value }) => value)}::text[])
        as input (key, value)
    ),
    tag as (
      insert into logged_model_tag (model_id, key, value)
      select made.id, key, value from made
      cross join unnest(${tags.map(({ key }) => key)}::text[], ${tags.map(({ value }) => value)}::text[])
        as input (key, value)
    )
    select artifact_uri, creation_time from made`.execute(db)
  return result.rows[0]
}

export const findLoggedModel = async (
  db: Kysely<Database>,
  modelId: string,
  allowDeleted: boolean,
): Promise<LoggedModelRow | undefined> => {
  const stage = allowDeleted ? sql`true` : sql`logged_model.lifecycle_stage = 'active'`
  const result = await sql<LoggedModelRow>`
    select ${loggedModelColumns} from logged_model
    where logged_model.model_id = ${modelId} and ${stage}`.execute(db)
  return result.rows[0]
}

/** Undefined: no active model has this id. */
export const setLoggedModelStatus = async (
  db: Kysely<Database>,
  modelId: string,
  status: LoggedModelStatus,
): Promise<LoggedModelRow | undefined> => {
  const result = await sql<LoggedModelRow>`
    with changed as (
      update logged_model set status = ${status}, last_update_time = ${nowMs}
      where model_id = ${modelId} and lifecycle_stage = 'active'
      returning *
    )
    select ${loggedModelColumns} from changed as logged_model`.execute(db)
  return result.rows[0]
}

/** One that is deleted already keeps its time. False: no model has this id. */
export const markLoggedModelDeleted = async (db: Kysely<Database>, modelId: string): Promise<boolean> => {
  const result = await db
    .updateTable('logged_model')
    .set({
      lifecycle_stage: 'deleted',
      last_update_time: sql<number>`case lifecycle_stage when 'active' then ${nowMs} else last_update_time end`,
    })
    .where('model_id', '=', modelId)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Keys are distinct. False: no active model has this id. */
export const upsertLoggedModelTags = async (
  db: Kysely<Database>,
  modelId: string,
  tags: readonly Tag[],
): Promise<boolean> => {
  const result = await sql`
    with target as (
      select id from logged_model where model_id = ${modelId} and lifecycle_stage = 'active' for no key update
    ),
    written as (
      insert into logged_model_tag (model_id, key, value)
      select target.id, key, value from target
      cross join unnest(${tags.map(({ key }) => key)}::text[], ${tags.map(({ value }) => value)}::text[])
        as input (key, value)
      order by key
      on conflict (model_id, key) do update set value = excluded.value
    )
    select id from target`.execute(db)
  return result.rows.length > 0
}

export const deleteLoggedModelTag = async (
  db: Kysely<Database>,
  modelId: string,
  key: string,
): Promise<'removed' | 'no_tag' | 'no_model'> => {
  const result = await sql<{ removed: number }>`
    with target as (select id from logged_model where model_id = ${modelId} and lifecycle_stage = 'active'),
    removed as (
      delete from logged_model_tag using target
      where logged_model_tag.model_id = target.id and logged_model_tag.key = ${key}
      returning logged_model_tag.key
    )
    select (select count(*)::int from removed) as removed from target`.execute(db)
  const row = result.rows[0]
  if (row === undefined) return 'no_model'
  return row.removed > 0 ? 'removed' : 'no_tag'
}

/** The model's key inside the database, locked until the transaction ends. Undefined: no active model has this id. */
export const lockLoggedModel = async (db: Kysely<Database>, modelId: string): Promise<number | undefined> => {
  const row = await db
    .selectFrom('logged_model')
    .select('id')
    .where('model_id', '=', modelId)
    .where('lifecycle_stage', '=', 'active')
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row?.id
}

/** Inserts what is absent, in the transaction that locked the model. Answers params that are there with another value. */
export const insertLoggedModelParams = async (
  db: Kysely<Database>,
  modelKey: number,
  params: readonly Param[],
): Promise<{ readonly key: string; readonly old_value: string; readonly new_value: string }[]> => {
  const result = await sql<{ key: string; old_value: string; new_value: string }>`
    with input as (
      select * from unnest(${params.map(({ key }) => key)}::text[], ${params.map(({ value }) => value)}::text[])
        as input (key, value)
    ),
    written as (
      insert into logged_model_param (model_id, key, value)
      select ${modelKey}::bigint, key, value from input order by key
      on conflict (model_id, key) do nothing
    )
    select input.key, logged_model_param.value as old_value, input.value as new_value
    from input
    join logged_model_param on logged_model_param.model_id = ${modelKey} and logged_model_param.key = input.key
    where logged_model_param.value <> input.value
    order by input.key`.execute(db)
  return result.rows
}
