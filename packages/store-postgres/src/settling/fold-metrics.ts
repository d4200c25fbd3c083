import { setImmediate as nextTurn } from 'node:timers/promises'
import { type MetricSummary, summarizeMore } from '@tidemill/core'
import { CompiledQuery, type Kysely, sql } from 'kysely'
import { toFloat8Array, toInt4Array, toInt8Array } from '../database/binary-array.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { CHUNK_COLUMNS, type ChunkColumnsRow, toChunkPoints } from './chunk-columns.ts'

/** Points read at once. */
const MAX_POINTS = 65_536
/** Points of one transaction: a flush that has one of its runs waits for it, with all its members. */
const MAX_GROUP_POINTS = 16_384

/**
 * Folds the points of chunks above `run.settled_chunk` into `run_metric` and moves that mark. The caller's transaction
 * holds the runs' row locks, taken by an earlier statement: those after it then see every point there is.
 */
export const foldMetrics = async (db: Kysely<Database>, runKeys: readonly number[]): Promise<void> => {
  if (runKeys.length === 0) return
  for (;;) {
    const chunks = await readTail(db, runKeys)
    if (chunks.length === 0) return
    const folded = new Map<number, FoldedRun>()
    for (const chunk of chunks) {
      addChunk(folded, chunk)
      await nextTurn()
    }
    await mergeSummaries(db, folded)
    if (chunks.reduce((sum, { n }) => sum + n, 0) < MAX_POINTS) return
  }
}

/**
 * The runs, in their order, in groups of at most `maxRuns` whose tails have about `MAX_GROUP_POINTS` points: each group is
 * work for one transaction, which holds the runs' locks meanwhile.
 */
export const groupByTail = async (
  db: Kysely<Database>,
  runKeys: readonly number[],
  maxRuns: number,
): Promise<number[][]> => {
  const { rows } = await sql<{ id: number; points: number }>`
    select run.id, sum(chunk.n) as points
    from run
    join metric_chunk as chunk on chunk.run_id = run.id and chunk.key_id is null and chunk.id > run.settled_chunk
    where run.id = any(${[...runKeys]}::bigint[])
    group by run.id`.execute(db)
  const tails = new Map(rows.map(({ id, points }) => [id, Number(points)]))
  const groups: number[][] = []
  let points = Number.POSITIVE_INFINITY
  for (const runKey of runKeys) {
    const tail = tails.get(runKey) ?? 0
    const group = groups.at(-1)
    if (group === undefined || group.length === maxRuns || points + tail > MAX_GROUP_POINTS) {
      groups.push([runKey])
      points = tail
    } else {
      group.push(runKey)
      points += tail
    }
  }
  return groups
}

interface TailChunk extends ChunkColumnsRow {
  readonly id: number
  readonly run_id: number
  readonly experiment_id: ExperimentKey
  readonly n: number
}

interface FoldedRun {
  readonly experimentId: ExperimentKey
  lastChunk: number
  readonly summaries: Map<number, MetricSummary>
}

/** In the order of arrival of each run's points; at least `MAX_POINTS` of them when there are more. */
const readTail = async (db: Kysely<Database>, runKeys: readonly number[]): Promise<TailChunk[]> => {
  const { rows } = await sql<TailChunk>`
    select id, run_id, experiment_id, n, ${sql.raw(CHUNK_COLUMNS)}
    from (
      select chunk.*, run.experiment_id, sum(chunk.n) over (order by chunk.run_id, chunk.id) - chunk.n as before
      from run
      join metric_chunk as chunk on chunk.run_id = run.id and chunk.key_id is null and chunk.id > run.settled_chunk
      where run.id = any(${[...runKeys]}::bigint[])
    ) as chunk
    where before < ${MAX_POINTS}
    order by run_id, id`.execute(db)
  return rows
}

const addChunk = (folded: Map<number, FoldedRun>, chunk: TailChunk): void => {
  const run = folded.get(chunk.run_id) ?? { experimentId: chunk.experiment_id, lastChunk: 0, summaries: new Map() }
  folded.set(chunk.run_id, run)
  run.lastChunk = chunk.id
  for (const point of toChunkPoints(chunk)) {
    run.summaries.set(point.keyId, summarizeMore(run.summaries.get(point.keyId), point))
  }
}

const mergeSummaries = async (db: Kysely<Database>, folded: ReadonlyMap<number, FoldedRun>): Promise<void> => {
  const rows = [...folded].flatMap(([runKey, { experimentId, summaries }]) =>
    [...summaries].map(([keyId, summary]) => ({ runKey, experimentId, keyId, ...summary })),
  )
  await db.executeQuery(
    CompiledQuery.raw(MERGE_SUMMARIES, [
      toInt8Array([...folded.keys()]),
      toInt8Array([...folded.values()].map(({ lastChunk }) => lastChunk)),
      toInt8Array(rows.map(({ runKey }) => runKey)),
      toInt4Array(rows.map(({ keyId }) => keyId)),
      toInt8Array(rows.map(({ experimentId }) => experimentId)),
      toFloat8Array(rows.map(({ value }) => value)),
      toInt8Array(rows.map(({ timestamp }) => timestamp)),
      toInt8Array(rows.map(({ step }) => step)),
      toFloat8Array(rows.map(({ min }) => min)),
      toFloat8Array(rows.map(({ max }) => max)),
    ]),
  )
}

/** Of equal points the one that is there stays: a NaN counts as 0 in the order. */
const IS_LATER = `(excluded.step, excluded.timestamp, coalesce(nullif(excluded.value, 'NaN'), 0))
  > (stored.step, stored.timestamp, coalesce(nullif(stored.value, 'NaN'), 0))`

/** NaN is the greatest number of Postgres. */
const MERGE_SUMMARIES = `
with moved as (
  update run set settled_chunk = tail.last
  from unnest($1::bigint[], $2::bigint[]) as tail (run_id, last)
  where run.id = tail.run_id
)
insert into run_metric as stored (run_id, key_id, experiment_id, value, timestamp, step, min_value, max_value)
select run_id, key_id, experiment_id, value, timestamp, step, min_value, max_value
from unnest($3::bigint[], $4::int[], $5::bigint[], $6::float8[], $7::bigint[], $8::bigint[], $9::float8[], $10::float8[])
  as folded (run_id, key_id, experiment_id, value, timestamp, step, min_value, max_value)
on conflict (run_id, key_id) do update set
  value = case when ${IS_LATER} then excluded.value else stored.value end,
  timestamp = case when ${IS_LATER} then excluded.timestamp else stored.timestamp end,
  step = case when ${IS_LATER} then excluded.step else stored.step end,
  min_value = least(stored.min_value, excluded.min_value),
  max_value = case
    when stored.max_value = 'NaN' then excluded.max_value
    when excluded.max_value = 'NaN' then stored.max_value
    else greatest(stored.max_value, excluded.max_value) end
  where ${IS_LATER} or excluded.min_value < stored.min_value or excluded.max_value > stored.max_value
    or stored.max_value = 'NaN'`
