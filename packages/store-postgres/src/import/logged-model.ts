import type { ImportedLoggedModel, ImportOutcome, LifecycleStage } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import { loggedModelColumns, type LoggedModelRow, toLoggedModel } from '../logged-models/logged-model-row.ts'
import { internKeys } from '../queries/entity-key.ts'
import type { Database } from '../tables/database.ts'
import { toExperimentKey } from '../tracking/identifiers.ts'
import { bigintColumn, importing, textColumn } from './importing.ts'

/** Params and tags get the source's values; points that are there stay. */
export const putLoggedModel = (db: Kysely<Database>, model: ImportedLoggedModel): Promise<ImportOutcome> =>
  importing(db, async (transaction) => {
    const { key, outcome } = await upsertModel(transaction, model)
    const changed = [
      await upsertPairs(transaction, 'logged_model_param', key, model.params),
      await upsertPairs(transaction, 'logged_model_tag', key, model.tags),
      await insertMetrics(transaction, key, model.metrics),
    ]
    return outcome === 'unchanged' && changed.some((rows) => rows > 0n) ? 'updated' : outcome
  })

export const findLoggedModel = async (
  db: Kysely<Database>,
  modelId: string,
): Promise<ImportedLoggedModel | undefined> => {
  const { rows } = await sql<LoggedModelRow & { lifecycle_stage: LifecycleStage }>`
    select ${loggedModelColumns}, logged_model.lifecycle_stage from logged_model where model_id = ${modelId}`.execute(
    db,
  )
  const row = rows[0]
  return row === undefined ? undefined : { ...toLoggedModel(row), lifecycleStage: row.lifecycle_stage }
}

const upsertModel = async (
  db: Kysely<Database>,
  model: ImportedLoggedModel,
): Promise<{ key: number; outcome: ImportOutcome }> => {
  const { rows } = await sql<{ id: number; is_new: boolean | null }>`
    with put as (
      insert into logged_model as stored (
        model_id, experiment_id, name, artifact_uri, status, status_message, model_type, source_run_id, lifecycle_stage,
        creation_time, last_update_time
      )
      values (
        ${model.modelId}, ${toExperimentKey(model.experimentId)}::bigint, ${model.name}, ${model.artifactUri},
        ${model.status}, ${model.statusMessage ?? null}, ${model.modelType ?? null}, ${model.sourceRunId ?? null},
        ${model.lifecycleStage}, ${model.creationTime}, ${model.lastUpdateTime}
      )
      on conflict (model_id) do update set
        artifact_uri = excluded.artifact_uri, status = excluded.status, status_message = excluded.status_message,
        model_type = excluded.model_type, source_run_id = excluded.source_run_id,
        lifecycle_stage = excluded.lifecycle_stage, last_update_time = excluded.last_update_time
      where (stored.artifact_uri, stored.status, stored.status_message, stored.model_type, stored.source_run_id,
          stored.lifecycle_stage, stored.last_update_time)
        is distinct from (excluded.artifact_uri, excluded.status, excluded.status_message, excluded.model_type,
          excluded.source_run_id, excluded.lifecycle_stage, excluded.last_update_time)
      returning id, xmax = 0 as is_new
    )
    select id, is_new from put
    union all
    select id, null from logged_model where model_id = ${model.modelId} and not exists (select from put)`.execute(db)
  const row = rows[0]
  if (row === undefined) throw new Error(`Logged model ${model.modelId} got no row`)
  return { key: row.id, outcome: row.is_new === null ? 'unchanged' : row.is_new ? 'created' : 'updated' }
}

const upsertPairs = async (
  db: Kysely<Database>,
  table: 'logged_model_param' | 'logged_model_tag',
  modelKey: number,
  pairs: readonly { readonly key: string; readonly value: string }[],
): Promise<bigint> => {
  const result = await sql`
    insert into ${sql.table(table)} as stored (model_id, key, value)
    select ${modelKey}::bigint, * from unnest(
      ${textColumn(pairs, ({ key }) => key)}, ${textColumn(pairs, ({ value }) => value)}
    )
    on conflict (model_id, key) do update set value = excluded.value where stored.value <> excluded.value`.execute(db)
  return result.numAffectedRows ?? 0n
}

const insertMetrics = async (
  db: Kysely<Database>,
  modelKey: number,
  metrics: ImportedLoggedModel['metrics'],
): Promise<bigint> => {
  if (metrics.length === 0) return 0n
  const keyIds = await internKeys(
    db,
    metrics.map(({ key }) => key),
  )
  const result = await sql`
    insert into logged_model_metric (
      model_id, run_id, key_id, step, timestamp, value, dataset_name, dataset_digest
    )
    select ${modelKey}::bigint, run_id, key_id, step, timestamp, value, dataset_name, dataset_digest
    from unnest(
      ${textColumn(metrics, ({ runId }) => runId)}, ${bigintColumn(metrics, ({ key }) => keyIds.get(key) ?? null)},
      ${bigintColumn(metrics, ({ step }) => step)}, ${bigintColumn(metrics, ({ timestamp }) => timestamp)},
      ${sql`${metrics.map(({ value }) => value)}::float8[]`},
      ${textColumn(metrics, ({ datasetName = null }) => datasetName)},
      ${textColumn(metrics, ({ datasetDigest = null }) => datasetDigest)}
    ) with ordinality as input (run_id, key_id, step, timestamp, value, dataset_name, dataset_digest, place)
    order by place
    on conflict do nothing`.execute(db)
  return result.numAffectedRows ?? 0n
}
