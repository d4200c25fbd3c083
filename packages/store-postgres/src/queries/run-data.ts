import type { DatasetInput, Metric, ModelOutput, Param, RunInfo, RunParts, Tag } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { RunTable } from '../tables/run.ts'
import type { EntityKeys } from './entity-key.ts'

export type RunInfoRow = Pick<
  RunTable,
  | 'run_id'
  | 'name'
  | 'user_id'
  | 'status'
  | 'lifecycle_stage'
  | 'start_time'
  | 'end_time'
  | 'artifact_uri'
  | 'experiment_id'
>

/** Columns of `RunInfoRow` over an alias or table `run`. */
export const RUN_INFO_COLUMNS =
  'run.run_id, run.name, run.user_id, run.status, run.lifecycle_stage, run.start_time, run.end_time, run.artifact_uri, run.experiment_id'

export const toRunInfo = (row: RunInfoRow): RunInfo => ({
  runId: row.run_id,
  runName: row.name,
  experimentId: String(row.experiment_id),
  userId: row.user_id,
  status: row.status,
  startTime: row.start_time,
  ...(row.end_time === null ? {} : { endTime: row.end_time }),
  artifactUri: row.artifact_uri,
  lifecycleStage: row.lifecycle_stage,
})

/** What belongs to a run besides its own row, as JSON of Postgres; keys are ids of the dictionary. */
interface RunPartsRow {
  readonly id: number
  readonly metrics: readonly (readonly [keyId: number, value: number | 'NaN', timestamp: number, step: number])[] | null
  readonly params: readonly (readonly [keyId: number, value: string])[] | null
  readonly tags: readonly (readonly [keyId: number, value: string])[] | null
  readonly datasets: readonly DatasetInputRow[] | null
  readonly model_inputs: readonly string[] | null
  readonly model_outputs: readonly (readonly [modelId: string, step: number])[] | null
}

type DatasetInputRow = readonly [
  name: string,
  digest: string,
  sourceType: string,
  source: string,
  schema: string | null,
  profile: string | null,
  tags: readonly Tag[],
]

/**
 * Everything of these runs (keys inside the database), read in one statement and so of one moment; runs that are gone
 * are missing. `keys` saves the statement that looks up the names of keys; leave it out within a transaction.
 */
export const readRunParts = async (
  db: Kysely<Database>,
  runKeys: readonly number[],
  keys?: Pick<EntityKeys, 'namesOf'>,
): Promise<Map<number, RunParts>> => {
  if (runKeys.length === 0) return new Map()
  const { rows } = await sql<RunPartsRow>`
    select run.id, ${latestMetrics} as metrics,
      (select json_agg(json_build_array(key_id, value)) from run_param where run_id = run.id) as params,
      (select json_agg(json_build_array(key_id, value)) from run_tag where run_id = run.id) as tags,
      (
        select json_agg(json_build_array(name, digest, source_type, source, schema, profile, tags) order by seq, dataset.id)
        from run_dataset_input join dataset on dataset.id = dataset_id where run_id = run.id
      ) as datasets,
      (select json_agg(model_id order by seq, model_id) from run_model_input where run_id = run.id) as model_inputs,
      (
        select json_agg(json_build_array(model_id, step) order by seq, model_id)
        from run_model_output where run_id = run.id
      ) as model_outputs
    from run where run.id = any(${[...runKeys]}::bigint[])`.execute(db)
  const ids = new Set(
    rows.flatMap(({ metrics, params, tags }) =>
      [...(metrics ?? []), ...(params ?? []), ...(tags ?? [])].map(([id]) => id),
    ),
  )
  const names = keys === undefined ? await readKeyNames(db, ids) : await keys.namesOf(ids)
  return new Map(rows.map((row) => [row.id, toRunParts(row, names)]))
}

/**
 * The latest point of each key by (step, timestamp, value), NaN as 0; of equals the first that came. `run_metric` has
 * the points of chunks up to `settled_chunk`, later chunks are folded in here.
 */
const latestMetrics = sql`(
  select json_agg(json_build_array(key_id, value, timestamp, step))
  from (
    select distinct on (key_id) key_id, value, timestamp, step
    from (
      select key_id, value, timestamp, step, 0::bigint as chunk_id, 0::bigint as place
      from run_metric where run_id = run.id
      union all
      select point.key_id, point.value, point.timestamp, point.step, chunk.id, point.place
      from metric_chunk as chunk
      cross join lateral unnest(chunk.key_ids, chunk.steps, chunk.timestamps, chunk.vals) with ordinality
        as point (key_id, step, timestamp, value, place)
      where chunk.run_id = run.id and chunk.key_id is null and chunk.id > run.settled_chunk
    ) as point
    order by key_id, step desc, timestamp desc, coalesce(nullif(value, 'NaN'), 0) desc, chunk_id, place
  ) as latest
)`

const readKeyNames = async (db: Kysely<Database>, ids: ReadonlySet<number>): Promise<ReadonlyMap<number, string>> => {
  const rows = await db
    .selectFrom('entity_key')
    .select(['id', 'key'])
    .where(sql<boolean>`id = any(${[...ids]}::int[])`)
    .execute()
  return new Map(rows.map(({ id, key }) => [id, key]))
}

/** Lists are sorted by key; inputs and outputs come in their order of arrival. */
const toRunParts = (row: RunPartsRow, names: ReadonlyMap<number, string>): RunParts => {
  const nameOf = (id: number): string => {
    const name = names.get(id)
    if (name === undefined) throw new Error(`The key dictionary has no id ${id}`)
    return name
  }
  const toPair = ([id, value]: readonly [number, string]): Param & Tag => ({ key: nameOf(id), value })
  return {
    metrics: (row.metrics ?? [])
      .map(([id, value, timestamp, step]): Metric => ({ key: nameOf(id), value: Number(value), timestamp, step }))
      .sort(byKey),
    params: (row.params ?? []).map(toPair).sort(byKey),
    tags: (row.tags ?? []).map(toPair).sort(byKey),
    inputs: { datasets: (row.datasets ?? []).map(toDatasetInput), modelIds: row.model_inputs ?? [] },
    modelOutputs: (row.model_outputs ?? []).map(([modelId, step]): ModelOutput => ({ modelId, step })),
  }
}

const toDatasetInput = ([name, digest, sourceType, source, schema, profile, tags]: DatasetInputRow): DatasetInput => ({
  dataset: {
    name,
    digest,
    sourceType,
    source,
    ...(schema === null ? {} : { schema }),
    ...(profile === null ? {} : { profile }),
  },
  tags: tags.map(({ key, value }) => ({ key, value })),
})

const byKey = (a: { readonly key: string }, b: { readonly key: string }): number =>
  a.key < b.key ? -1 : a.key > b.key ? 1 : 0
