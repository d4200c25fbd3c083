import { CompiledQuery, type Kysely } from 'kysely'
import { toFloat8Array, toInt4Array, toInt8Array } from '../database/binary-array.ts'
import { type MetricPoint, PACKED_POINT_BYTES, packPoints } from '../queries/metric-point.ts'
import type { Database } from '../tables/database.ts'

/** Points of a chunk of one key (L1) at most. */
export const MAX_CHUNK_POINTS = 4096

export interface SortedChunk {
  readonly keyId: number
  readonly seq: number
  /** By step, timestamp and value, each once; at least one. */
  readonly points: readonly MetricPoint[]
}

/** Inserts chunks of one run in one statement. */
export const insertSortedChunks = async (
  db: Kysely<Database>,
  runKey: number,
  chunks: readonly SortedChunk[],
): Promise<void> => {
  const packed = chunks.map(({ points }) => packPoints(points))
  const points = chunks.flatMap((chunk) => chunk.points)
  let end = 0
  const ends = chunks.map((chunk) => (end += chunk.points.length))
  await db.executeQuery(
    CompiledQuery.raw(INSERT_SORTED_CHUNKS, [
      runKey,
      toInt4Array(chunks.map(({ keyId }) => keyId)),
      toInt4Array(chunks.map(({ seq }) => seq)),
      toInt4Array(ends),
      toInt4Array(chunks.map((chunk) => chunk.points.length)),
      toInt8Array(chunks.map((chunk) => extreme(Math.min, chunk.points))),
      toInt8Array(chunks.map((chunk) => extreme(Math.max, chunk.points))),
      toInt4Array(packed.map(({ stepCount }) => stepCount)),
      toInt8Array(packed.map(({ stepStride }) => stepStride)),
      toInt8Array(points.map(({ step }) => step)),
      toInt8Array(points.map(({ timestamp }) => timestamp)),
      toFloat8Array(points.map(({ value }) => value)),
      Buffer.concat(packed.map((each) => each.packed)),
    ]),
  )
}

const extreme = (choose: (a: number, b: number) => number, points: readonly MetricPoint[]): number =>
  points.reduce((found, { timestamp }) => choose(found, timestamp), points[0]?.timestamp ?? 0)

const INSERT_SORTED_CHUNKS = `
insert into metric_chunk (
  run_id, key_id, seq, n, min_step, max_step, min_timestamp, max_timestamp, key_ids, steps, timestamps, vals,
  step_count, step_stride, packed
)
select $1::bigint, key_id, seq, n, ($10::bigint[])[last - n + 1], ($10::bigint[])[last], min_timestamp, max_timestamp,
  array_fill(key_id, array[n]),
  ($10::bigint[])[last - n + 1:last], ($11::bigint[])[last - n + 1:last], ($12::float8[])[last - n + 1:last],
  step_count, step_stride,
  substring($13::bytea from (last - n) * ${PACKED_POINT_BYTES} + 1 for n * ${PACKED_POINT_BYTES})
from unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::bigint[], $7::bigint[], $8::int[], $9::bigint[])
  as chunk (key_id, seq, last, n, min_timestamp, max_timestamp, step_count, step_stride)`
