import type { OpenDatabase, Statement } from '../database/open-database.ts'
import {
  byTime,
  type ChunkArrays,
  type MetricPoint,
  parseChunkArrays,
  sortPoints,
  unpackPoints,
} from './metric-point.ts'

interface ChunkRow extends ChunkArrays {
  readonly packed: Uint8Array | null
  /** Chunks that are not read have no point up to here; null when all are read. */
  readonly bound_timestamp: number | null
  readonly bound_step: number | null
}

/**
 * The chunks of a key from a place in its history on, as few as have the wanted number of points. Headers give bounds
 * of the place (timestamp, step) of a chunk's points: the first chunks by their upper bound that have enough points
 * give the bound of the page, and no chunk whose lower bound is beyond it is needed.
 * Inputs: run's id, key's id, place after which points are wanted, their number.
 */
const READ_CHUNKS: Statement = {
  name: 'read_history_chunks',
  text: `
    with header as materialized (
      select chunk.id, n as points, min_timestamp, min_step, max_timestamp, max_step
      from run join metric_chunk as chunk on chunk.run_id = run.id and chunk.key_id = $2::int
      where run.run_id = $1 and (max_timestamp, max_step) >= ($3::bigint, $4::bigint)
      union all
      select chunk.id, cardinality(array_positions(key_ids, $2::int)), min_timestamp, min_step, max_timestamp, max_step
      from run join metric_chunk as chunk on chunk.run_id = run.id and chunk.key_id is null
      where run.run_id = $1 and (max_timestamp, max_step) >= ($3::bigint, $4::bigint)
    ),
    counted as (
      select max_timestamp, max_step,
        sum(case when (min_timestamp, min_step) > ($3::bigint, $4::bigint) then points else 0 end)
          over (order by max_timestamp, max_step) as total
      from header where points > 0
    ),
    bound as (
      select max_timestamp, max_step from counted where total >= $5::bigint order by max_timestamp, max_step limit 1
    )
    select chunk.packed, bound.max_timestamp as bound_timestamp, bound.max_step as bound_step,
      case when chunk.packed is null then chunk.key_ids::text end as key_ids,
      case when chunk.packed is null then chunk.steps::text end as steps,
      case when chunk.packed is null then chunk.timestamps::text end as timestamps,
      case when chunk.packed is null then chunk.vals::text end as vals
    from header
    left join bound on true
    join metric_chunk as chunk on chunk.id = header.id
    where header.points > 0
      and (bound is null or (header.min_timestamp, header.min_step) <= (bound.max_timestamp, bound.max_step))
    order by header.min_timestamp, header.min_step`,
}

const ALL = Number.MAX_SAFE_INTEGER

/**
 * Distinct points of a run's metric by timestamp, step and value: those after `after`, at most `limit` of them. Each
 * try is one statement and so of one moment. Empty for an unknown run.
 */
export const listMetricPoints = async (
  database: Pick<OpenDatabase, 'query'>,
  runId: string,
  keyId: number,
  { after, limit = ALL }: { readonly after?: MetricPoint; readonly limit?: number },
): Promise<MetricPoint[]> => {
  const place = after ?? { timestamp: Number.MIN_SAFE_INTEGER, step: Number.MIN_SAFE_INTEGER }
  // Points that were logged twice count twice in the headers: then more chunks are needed than seemed enough.
  for (let wanted = limit; ; wanted = Math.min(ALL, wanted * 2)) {
    const rows = await database.query<ChunkRow>(READ_CHUNKS, [runId, keyId, place.timestamp, place.step, wanted])
    const points = toPoints(rows, keyId, after)
    const isComplete = rows.every(({ bound_timestamp: bound }) => bound === null)
    if (isComplete || points.length >= limit) return points.slice(0, limit)
  }
}

/** Those that are sure to be next: up to the page's bound. */
const toPoints = (rows: readonly ChunkRow[], keyId: number, after: MetricPoint | undefined): MetricPoint[] => {
  const { bound_timestamp: timestamp = null, bound_step: step = null } = rows[0] ?? {}
  const end = timestamp === null || step === null ? undefined : { timestamp, step, value: Number.NaN }
  const points: MetricPoint[] = []
  for (const row of rows) {
    for (const point of row.packed === null ? parseChunkArrays(row, keyId) : unpackPoints(row.packed)) {
      const isNext = after === undefined || byTime(point, after) > 0
      if (isNext && (end === undefined || byTime(point, end) <= 0)) points.push(point)
    }
  }
  return sortPoints(points, byTime)
}
