import type { MetricSeries, SummarizedPoint } from '@tidemill/core'
import { CompiledQuery, type Kysely, sql } from 'kysely'
import { toFloat8Array, toInt4Array, toInt8Array } from '../database/binary-array.ts'
import { internKeys } from '../queries/entity-key.ts'
import { byStep, sortPoints } from '../queries/metric-point.ts'
import { CHUNK_COLUMNS, type ChunkColumnsRow, toChunkPoints } from '../settling/chunk-columns.ts'
import type { Database } from '../tables/database.ts'

/** Points of one unsorted chunk. */
const MAX_POINTS = 4096

/**
 * Appends to a run the points that it lacks, as a writer would: settling folds and sorts them. Answers their number.
 * The caller holds the run's row lock.
 */
export const addMissingPoints = async (
  db: Kysely<Database>,
  runKey: number,
  metrics: AsyncIterable<MetricSeries>,
): Promise<number> => {
  let key: string | undefined
  let keyId = 0
  let known = new Set<string>()
  let count = 0
  for await (const series of metrics) {
    if (series.key !== key) {
      key = series.key
      keyId = (await internKeys(db, [key])).get(key) ?? 0
      known = await readPoints(db, runKey, keyId)
    }
    const missing = sortPoints(
      series.points.filter((point) => !known.has(identityOf(point))),
      byStep,
    )
    for (let start = 0; start < missing.length; start += MAX_POINTS) {
      await appendPoints(db, runKey, keyId, missing.slice(start, start + MAX_POINTS))
    }
    for (const point of missing) known.add(identityOf(point))
    count += missing.length
  }
  return count
}

const identityOf = ({ step, timestamp, value }: SummarizedPoint): string => `${step} ${timestamp} ${value}`

const readPoints = async (db: Kysely<Database>, runKey: number, keyId: number): Promise<Set<string>> => {
  const { rows } = await sql<ChunkColumnsRow>`
    select ${sql.raw(CHUNK_COLUMNS)} from metric_chunk as chunk
    where run_id = ${runKey} and (key_id = ${keyId} or key_id is null and ${keyId}::int = any(key_ids))`.execute(db)
  const points = rows.flatMap((row) => toChunkPoints(row).filter((point) => point.keyId === keyId))
  return new Set(points.map(identityOf))
}

const appendPoints = async (
  db: Kysely<Database>,
  runKey: number,
  keyId: number,
  points: readonly SummarizedPoint[],
): Promise<void> => {
  await db.executeQuery(
    CompiledQuery.raw(APPEND_POINTS, [
      runKey,
      points.length,
      toInt4Array(points.map(() => keyId)),
      toInt8Array(points.map(({ step }) => step)),
      toInt8Array(points.map(({ timestamp }) => timestamp)),
      toFloat8Array(points.map(({ value }) => value)),
    ]),
  )
}

const APPEND_POINTS = `
insert into metric_chunk (
  run_id, n, min_step, max_step, min_timestamp, max_timestamp, key_ids, steps, timestamps, vals
)
select $1::bigint, $2::int, min(step), max(step), min(timestamp), max(timestamp), $3::int[], $4::bigint[], $5::bigint[],
  $6::float8[]
from unnest($4::bigint[], $5::bigint[]) as point (step, timestamp)`
