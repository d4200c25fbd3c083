import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { byStep, type MetricPoint, sortPoints, unpackPoints } from '../queries/metric-point.ts'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import type { Database } from '../tables/database.ts'
import { CHUNK_COLUMNS, type ChunkColumnsRow, toChunkPoints } from './chunk-columns.ts'
import { insertSortedChunks, MAX_CHUNK_POINTS, type SortedChunk } from './insert-sorted-chunks.ts'

/** Chunks as they came (L0) after which sorting them by key is worth it, in a run that goes on and in one that ended. */
const MIN_CHUNKS = 64
const MIN_CHUNKS_ENDED = 16
/** From here on readers suffer, so that not even a busy run is left alone. */
const URGENT_CHUNKS = 1024
/** A sorted chunk is a row per key: with fewer points a row than this, the chunks as they came are the better form. */
const MIN_POINTS_PER_KEY = 32
/** Points of one transaction, which holds the run's lock. */
const MAX_POINTS = 65_536
/** Points of sorted chunks that are taken apart once more, to be filled up. */
const MAX_REOPENED_POINTS = 16_384

export interface RunToCompact {
  readonly runKey: number
  readonly isUrgent: boolean
}

/** Those of the runs that have enough settled chunks. */
export const findRunsToCompact = async (
  db: Kysely<Database>,
  runKeys: readonly number[],
): Promise<readonly RunToCompact[]> => {
  if (runKeys.length === 0) return []
  const { rows } = await sql<RunToCompact>`
    select run.id as "runKey", chunks.count >= ${URGENT_CHUNKS} as "isUrgent"
    from run
    cross join lateral (
      select count(*) as count, sum(n) as points from metric_chunk
      where run_id = run.id and key_id is null and id <= run.settled_chunk
    ) as chunks
    where run.id = any(${[...runKeys]}::bigint[])
      and chunks.count >= case when run.status in ('RUNNING', 'SCHEDULED') then ${MIN_CHUNKS}::int else ${MIN_CHUNKS_ENDED}::int end
      and chunks.points >= ${MIN_POINTS_PER_KEY}::int * (select count(*) from run_metric where run_id = run.id)`.execute(
    db,
  )
  return rows
}

/**
 * Rewrites the oldest settled chunks of a run into chunks of one key each, sorted and without duplicates (L1), in one
 * transaction. False: nothing was left to do, or somebody else has the run locked.
 */
export const compactRun = (db: Kysely<Database>, runKey: number): Promise<boolean> =>
  retryOnConflict(() =>
    db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ settled_chunk: number }>`
        select settled_chunk from run where id = ${runKey} for no key update skip locked`.execute(transaction)
      const settledChunk = rows[0]?.settled_chunk
      if (settledChunk === undefined) return false
      const { chunkIds, points } = await readChunks(transaction, runKey, settledChunk)
      if (chunkIds.length === 0) return false
      const opened = await openLastChunks(transaction, runKey, points)
      const sorted: SortedChunk[] = []
      for (const [keyId, ofKey] of points) {
        sorted.push(...toSortedChunks(keyId, opened.seqs.get(keyId) ?? 0, ofKey))
        if (sorted.length % 16 === 0) await nextTurn()
      }
      await sql`delete from metric_chunk where id = any(${[...chunkIds, ...opened.chunkIds]}::bigint[])`.execute(
        transaction,
      )
      await insertSortedChunks(transaction, runKey, sorted)
      return true
    }),
  )

const readChunks = async (
  db: Kysely<Database>,
  runKey: number,
  settledChunk: number,
): Promise<{ chunkIds: number[]; points: Map<number, MetricPoint[]> }> => {
  const { rows } = await sql<ChunkColumnsRow & { id: number }>`
    select id, ${sql.raw(CHUNK_COLUMNS)}
    from (
      select *, sum(n) over (order by id) - n as before from metric_chunk
      where run_id = ${runKey} and key_id is null and id <= ${settledChunk}
    ) as chunk
    where before < ${MAX_POINTS}
    order by id`.execute(db)
  const points = new Map<number, MetricPoint[]>()
  for (const chunk of rows) {
    for (const { keyId, step, timestamp, value } of toChunkPoints(chunk)) {
      const ofKey = points.get(keyId)
      if (ofKey === undefined) points.set(keyId, [{ step, timestamp, value }])
      else ofKey.push({ step, timestamp, value })
    }
    await nextTurn()
  }
  return { chunkIds: rows.map(({ id }) => id), points }
}

/** Adds the points of the keys' last chunks that are not full; answers those chunks, and where each key goes on. */
const openLastChunks = async (
  db: Kysely<Database>,
  runKey: number,
  points: Map<number, MetricPoint[]>,
): Promise<{ chunkIds: number[]; seqs: Map<number, number> }> => {
  const { rows } = await sql<{
    id: number
    key_id: number
    seq: number
    is_opened: boolean
    packed: Uint8Array | null
  }>`
    select id, key_id, seq, is_opened, case when is_opened then packed end as packed
    from (
      select *, n < ${MAX_CHUNK_POINTS} and packed is not null
        and sum(n) over (order by n, key_id) <= ${MAX_REOPENED_POINTS} as is_opened
      from (
        select distinct on (key_id) id, key_id, seq, n, packed from metric_chunk
        where run_id = ${runKey} and key_id = any(${[...points.keys()]}::int[])
        order by key_id, seq desc
      ) as last
    ) as chosen`.execute(db)
  for (const { key_id, packed } of rows) {
    if (packed !== null) points.get(key_id)?.push(...unpackPoints(packed))
  }
  return {
    chunkIds: rows.flatMap(({ id, is_opened }) => (is_opened ? [id] : [])),
    seqs: new Map(rows.map(({ key_id, seq, is_opened }) => [key_id, is_opened ? seq : seq + 1])),
  }
}

const toSortedChunks = (keyId: number, firstSeq: number, points: MetricPoint[]): SortedChunk[] => {
  const sorted = sortPoints(points, byStep)
  const count = Math.ceil(sorted.length / MAX_CHUNK_POINTS)
  return Array.from({ length: count }, (_, index) => ({
    keyId,
    seq: firstSeq + index,
    points: sorted.slice(index * MAX_CHUNK_POINTS, (index + 1) * MAX_CHUNK_POINTS),
  }))
}
