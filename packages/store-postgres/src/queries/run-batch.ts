import { type Metric, type RunBatch, RUN_NAME_TAG, summarizeMetrics } from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { KeyIds } from './entity-key.ts'

export type BatchOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'absent' }
  /** Nothing was written. */
  | { readonly kind: 'deleted' }
  /** Params that have another value: the caller rolls its transaction back. */
  | { readonly kind: 'params_changed'; readonly changed: readonly { readonly keyId: number; readonly value: string }[] }

interface BatchRow {
  readonly lifecycle_stage: 'active' | 'deleted'
  /** Pairs of key id and the value that is there. */
  readonly changed: readonly (readonly [number, string])[] | null
}

/**
 * Writes a stored batch (`toStoredBatch`) of one run in one statement. With params it must run in a transaction.
 *
 * The row lock on the run puts its writers one after another: none can be deleted under a write, and no two of them
 * can wait for each other's keys. The statement's snapshot is older than the lock, so rows that another writer made
 * meanwhile are met only by `on conflict`, which reads the row as it is.
 */
export const writeRunBatch = async (
  db: Kysely<Database>,
  runId: string,
  batch: RunBatch,
  keyIds: KeyIds,
): Promise<BatchOutcome> => {
  const parts = [
    ...(batch.params.length > 0 ? paramParts(batch, keyIds) : []),
    ...(batch.metrics.length > 0 ? metricParts(batch.metrics, keyIds) : []),
    ...(batch.tags.length > 0 ? tagParts(batch, keyIds) : []),
  ]
  const changed =
    batch.params.length > 0
      ? sql`(select json_agg(json_build_array(key_id, value)) from param_changed)`
      : sql`null::json`
  const result = await sql<BatchRow>`
    with target as (
      select id, experiment_id, lifecycle_stage from run where run_id = ${runId} for no key update
    ),
    active as (select id, experiment_id from target where lifecycle_stage = 'active')
    ${sql.join(
      parts.map((part) => sql`, ${part}`),
      sql``,
    )}
    select lifecycle_stage, ${changed} as changed from target`.execute(db)
  return toOutcome(result.rows[0])
}

const toOutcome = (row: BatchRow | undefined): BatchOutcome => {
  if (row === undefined) return { kind: 'absent' }
  if (row.lifecycle_stage === 'deleted') return { kind: 'deleted' }
  if (row.changed === null) return { kind: 'written' }
  return { kind: 'params_changed', changed: row.changed.map(([keyId, value]) => ({ keyId, value })) }
}

const paramParts = ({ params }: RunBatch, keyIds: KeyIds): RawBuilder<unknown>[] => [
  sql`param_input as (
    select * from unnest(
      ${params.map(({ key }) => keyIds.get(key))}::int[],
      ${params.map(({ value }) => value)}::text[]
    ) as input (key_id, value)
  )`,
  sql`param_known as (
    select run_param.key_id, run_param.value
    from active join run_param on run_param.run_id = active.id join param_input using (key_id)
  )`,
  // The update that changes nothing returns the value of a row that came after the snapshot.
  sql`param_made as (
    insert into run_param (run_id, key_id, experiment_id, value)
    select active.id, key_id, experiment_id, value from active cross join param_input
    where key_id not in (select key_id from param_known)
    order by key_id
    on conflict (run_id, key_id) do update set value = run_param.value
    returning key_id, value
  )`,
  sql`param_changed as (
    select present.key_id, present.value
    from (select * from param_known union all select * from param_made) as present join param_input using (key_id)
    where present.value <> param_input.value
  )`,
]

const metricParts = (metrics: readonly Metric[], keyIds: KeyIds): RawBuilder<unknown>[] => {
  const steps = metrics.map(({ step }) => step)
  const timestamps = metrics.map(({ timestamp }) => timestamp)
  const summaries = summarizeMetrics(metrics)
  return [
    sql`chunk as (
      insert into metric_chunk
        (run_id, n, min_step, max_step, min_timestamp, max_timestamp, key_ids, steps, timestamps, vals)
      select id, ${metrics.length}::int,
        ${Math.min(...steps)}::bigint, ${Math.max(...steps)}::bigint,
        ${Math.min(...timestamps)}::bigint, ${Math.max(...timestamps)}::bigint,
        ${metrics.map(({ key }) => keyIds.get(key))}::int[], ${steps}::bigint[], ${timestamps}::bigint[],
        ${metrics.map(({ value }) => value)}::float8[]
      from active
    )`,
    sql`summary as (
      insert into run_metric as stored
        (run_id, key_id, experiment_id, value, timestamp, step, min_value, max_value)
      select active.id, key_id, experiment_id, value, timestamp, step, min_value, max_value
      from active cross join unnest(
        ${summaries.map(({ latest }) => keyIds.get(latest.key))}::int[],
        ${summaries.map(({ latest }) => latest.value)}::float8[],
        ${summaries.map(({ latest }) => latest.timestamp)}::bigint[],
        ${summaries.map(({ latest }) => latest.step)}::bigint[],
        ${summaries.map(({ min }) => min)}::float8[],
        ${summaries.map(({ max }) => max)}::float8[]
      ) as input (key_id, value, timestamp, step, min_value, max_value)
      order by key_id
      on conflict (run_id, key_id) do update set ${mergeSummary}
    )`,
  ]
}

/** The latest point by (step, timestamp, value), NaN as 0. In Postgres NaN is the greatest number. */
const isLater = sql`(excluded.step, excluded.timestamp, coalesce(nullif(excluded.value, 'NaN'), 0))
  > (stored.step, stored.timestamp, coalesce(nullif(stored.value, 'NaN'), 0))`
const mergeSummary = sql`
  value = case when ${isLater} then excluded.value else stored.value end,
  timestamp = case when ${isLater} then excluded.timestamp else stored.timestamp end,
  step = case when ${isLater} then excluded.step else stored.step end,
  min_value = least(stored.min_value, excluded.min_value),
  max_value = case
    when stored.max_value = 'NaN' then excluded.max_value
    when excluded.max_value = 'NaN' then stored.max_value
    else greatest(stored.max_value, excluded.max_value) end
  where ${isLater} or excluded.min_value < stored.min_value or excluded.max_value > stored.max_value
    or stored.max_value = 'NaN'`

const tagParts = ({ tags }: RunBatch, keyIds: KeyIds): RawBuilder<unknown>[] => {
  const name = tags.find(({ key }) => key === RUN_NAME_TAG)?.value
  const set = sql`tag as (
    insert into run_tag (run_id, key_id, experiment_id, value)
    select active.id, key_id, experiment_id, value
    from active cross join unnest(
      ${tags.map(({ key }) => keyIds.get(key))}::int[], ${tags.map(({ value }) => value)}::text[]
    ) as input (key_id, value)
    order by key_id
    on conflict (run_id, key_id) do update set value = excluded.value where run_tag.value <> excluded.value
  )`
  const rename = sql`renamed as (update run set name = ${name} from active where run.id = active.id)`
  return name === undefined ? [set] : [set, rename]
}
