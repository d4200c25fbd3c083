import { type MetricSeries, type MetricSummary, summarizeMore } from '@tidemill/core'
import { CompiledQuery, type Kysely } from 'kysely'
import { toFloat8Array, toInt4Array, toInt8Array } from '../database/binary-array.ts'
import { internKeys } from '../queries/entity-key.ts'
import { byStep, sortPoints } from '../queries/metric-point.ts'
import { insertSortedChunks, MAX_CHUNK_POINTS, type SortedChunk } from '../settling/insert-sorted-chunks.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'

/** Of one statement. */
const MAX_POINTS_AT_ONCE = 32_768

/**
 * Writes the history of a run that has none, as sorted chunks with their summaries: there is nothing left to fold.
 * Answers the number of points.
 */
export const insertPoints = async (
  db: Kysely<Database>,
  runKey: number,
  experimentKey: ExperimentKey,
  metrics: AsyncIterable<MetricSeries>,
): Promise<number> => {
  const keyIds = new Map<string, number>()
  const summaries = new Map<number, MetricSummary>()
  const nextSeq = new Map<number, number>()
  let waiting: SortedChunk[] = []
  let waitingPoints = 0
  let count = 0
  const flush = async (): Promise<void> => {
    if (waiting.length > 0) await insertSortedChunks(db, runKey, waiting)
    waiting = []
    waitingPoints = 0
  }

  for await (const { key, points } of metrics) {
    const keyId = keyIds.get(key) ?? (await internKeys(db, [key])).get(key)
    if (keyId === undefined) throw new Error(`The key dictionary made no id for '${key}'`)
    keyIds.set(key, keyId)
    const sorted = sortPoints([...points], byStep)
    for (let start = 0; start < sorted.length; start += MAX_CHUNK_POINTS) {
      const seq = nextSeq.get(keyId) ?? 0
      nextSeq.set(keyId, seq + 1)
      waiting.push({ keyId, seq, points: sorted.slice(start, start + MAX_CHUNK_POINTS) })
      waitingPoints += Math.min(MAX_CHUNK_POINTS, sorted.length - start)
      if (waitingPoints >= MAX_POINTS_AT_ONCE) await flush()
    }
    const summary = sorted.reduce<MetricSummary | undefined>(summarizeMore, summaries.get(keyId))
    if (summary !== undefined) summaries.set(keyId, summary)
    count += sorted.length
  }
  await flush()
  await insertSummaries(db, runKey, experimentKey, summaries)
  return count
}

const insertSummaries = async (
  db: Kysely<Database>,
  runKey: number,
  experimentKey: ExperimentKey,
  summaries: ReadonlyMap<number, MetricSummary>,
): Promise<void> => {
  if (summaries.size === 0) return
  const rows = [...summaries.values()]
  await db.executeQuery(
    CompiledQuery.raw(INSERT_SUMMARIES, [
      runKey,
      experimentKey,
      toInt4Array([...summaries.keys()]),
      toFloat8Array(rows.map(({ value }) => value)),
      toInt8Array(rows.map(({ timestamp }) => timestamp)),
      toInt8Array(rows.map(({ step }) => step)),
      toFloat8Array(rows.map(({ min }) => min)),
      toFloat8Array(rows.map(({ max }) => max)),
    ]),
  )
}

const INSERT_SUMMARIES = `
insert into run_metric (run_id, key_id, experiment_id, value, timestamp, step, min_value, max_value)
select $1::bigint, key_id, $2::bigint, value, timestamp, step, min_value, max_value
from unnest($3::int[], $4::float8[], $5::bigint[], $6::bigint[], $7::float8[], $8::float8[])
  as summary (key_id, value, timestamp, step, min_value, max_value)`
