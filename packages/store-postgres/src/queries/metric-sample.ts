import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import {
  byStep,
  type ChunkArrays,
  type MetricPoint,
  PACKED_POINT_BYTES,
  parseChunkArrays,
  sortPoints,
  unpackPoints,
} from './metric-point.ts'
import {
  clipSegment,
  lastStep,
  sampleSteps,
  type StepRange,
  type StepSegment,
  toSegments,
  uniteSegments,
} from './metric-steps.ts'

export interface SampledRun {
  readonly runId: string
  /** By step, timestamp, value. */
  readonly points: readonly MetricPoint[]
}

/** A chunk whose steps follow from its header. */
interface GridChunk {
  readonly id: number
  readonly n: number
  readonly segment: StepSegment
}

interface RunHistory {
  readonly runId: string
  readonly grids: readonly GridChunk[]
  /** Of the chunks that had to be read whole. */
  readonly points: readonly MetricPoint[]
  /** All steps of the run. */
  readonly segments: readonly StepSegment[]
}

/** Slices of one chunk beyond which the whole chunk is read. */
const MAX_SLICES = 64

/**
 * Samples the history of a metric over several runs (spec/performance.md §5.6): of the distinct steps in the range,
 * at most `maxResults` at even distances and the last one, and each run's own first and last step; every point at
 * these steps. Without a range, from 0 to the last step. The steps are found in the headers of sorted chunks and only
 * the points that are wanted are read.
 */
export const sampleMetricHistory = async (
  db: Kysely<Database>,
  runIds: readonly string[],
  keyId: number,
  steps: StepRange | undefined,
  maxResults: number,
): Promise<SampledRun[]> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      const histories = await readHistories(snapshot, runIds, keyId)
      const range = steps ?? {
        start: 0,
        end: Math.max(-1, ...histories.flatMap(({ segments }) => segments.map(lastStep))),
      }
      const wanted = chooseSteps(histories, range, maxResults)
      const read = await readPoints(snapshot, histories, wanted)
      return histories.map(({ runId, points }, index) => ({
        runId,
        points: sortPoints([...(read[index] ?? []), ...points.filter(({ step }) => wanted.has(step))], byStep),
      }))
    })

const chooseSteps = (histories: readonly RunHistory[], range: StepRange, maxResults: number): ReadonlySet<number> => {
  const clipped = histories.map(({ segments }) =>
    segments.flatMap((segment) => {
      const inRange = clipSegment(segment, range)
      return inRange === undefined ? [] : [inRange]
    }),
  )
  const ends = clipped.flatMap((segments) => {
    const [first, last] = [segments[0], segments.at(-1)]
    return first === undefined || last === undefined ? [] : [first.first, lastStep(last)]
  })
  return new Set([...sampleSteps(uniteSegments(clipped.flat()), maxResults), ...ends])
}

interface HeaderRow {
  readonly run_id: string
  readonly id: number
  readonly n: number
  readonly min_step: number
  readonly step_count: number | null
  readonly step_stride: number | null
}

interface WholeRow extends ChunkArrays {
  readonly run_id: string
  readonly packed: Uint8Array | null
}

/** A chunk that keeps its points by step at even distances needs no look into it. */
const readHistories = async (db: Kysely<Database>, runIds: readonly string[], keyId: number): Promise<RunHistory[]> => {
  const headers = await sql<HeaderRow>`
    select run.run_id, chunk.id, n, min_step, step_count, step_stride
    from run join metric_chunk as chunk on chunk.run_id = run.id and chunk.key_id = ${keyId}::int
    where run.run_id = any(${[...runIds]}::text[]) and step_stride > 0`.execute(db)
  const whole = await sql<WholeRow>`
    select run.run_id, packed, key_ids::text as key_ids, steps::text as steps, timestamps::text as timestamps,
      vals::text as vals
    from run cross join lateral (
      select packed, key_ids, steps, timestamps, vals from metric_chunk
      where metric_chunk.run_id = run.id and key_id is null and ${keyId}::int = any(key_ids)
      union all
      select packed, case when packed is null then key_ids end, case when packed is null then steps end,
        case when packed is null then timestamps end, case when packed is null then vals end
      from metric_chunk
      where metric_chunk.run_id = run.id and key_id = ${keyId}::int and coalesce(step_stride, 0) = 0
    ) as chunk
    where run.run_id = any(${[...runIds]}::text[])`.execute(db)
  const gridsOf = Map.groupBy(headers.rows, ({ run_id: runId }) => runId)
  const wholeOf = Map.groupBy(whole.rows, ({ run_id: runId }) => runId)
  return runIds.map((runId) => {
    const grids = (gridsOf.get(runId) ?? []).map(toGridChunk)
    const points = (wholeOf.get(runId) ?? []).flatMap((row) =>
      row.packed === null ? parseChunkArrays(row, keyId) : unpackPoints(row.packed),
    )
    const segments = uniteSegments([
      ...grids.map(({ segment }) => segment),
      ...toSegments(points.map(({ step }) => step)),
    ])
    return { runId, grids, points, segments }
  })
}

const toGridChunk = ({ id, n, min_step: first, step_count: count, step_stride: stride }: HeaderRow): GridChunk => {
  if (count === null || stride === null) throw new Error(`The metric chunk ${id} has a stride and no step count`)
  return { id, n, segment: { first, stride, count } }
}

/** The points of the grid chunks at the wanted steps, a list for each run. */
const readPoints = async (
  db: Kysely<Database>,
  histories: readonly RunHistory[],
  wanted: ReadonlySet<number>,
): Promise<MetricPoint[][]> => {
  const sorted = Float64Array.from(wanted).sort()
  const reads = histories.flatMap(({ grids }, run) => grids.flatMap((chunk) => toSlices(chunk, sorted, run)))
  if (reads.length === 0) return []
  const { rows } = await sql<{ run: number; points: Uint8Array }>`
    select wanted.run, substr(chunk.packed, wanted.start, wanted.length) as points
    from unnest(
      ${reads.map(({ run }) => run)}::int[], ${reads.map(({ id }) => id)}::bigint[],
      ${reads.map(({ start }) => start)}::int[], ${reads.map(({ length }) => length)}::int[]
    ) as wanted (run, id, start, length)
    join metric_chunk as chunk on chunk.id = wanted.id`.execute(db)
  const points: MetricPoint[][] = histories.map(() => [])
  for (const row of rows) {
    for (const point of unpackPoints(row.points)) {
      if (wanted.has(point.step)) points[row.run]?.push(point)
    }
  }
  return points
}

interface Slice {
  /** Index of the run. */
  readonly run: number
  readonly id: number
  /** First byte, from 1. */
  readonly start: number
  readonly length: number
}

/** Of a chunk with one point per step the wanted ones, where they are few; else all of it. */
const toSlices = ({ id, n, segment }: GridChunk, wanted: Float64Array, run: number): Slice[] => {
  const { first, stride, count } = segment
  const last = lastStep(segment)
  const places: number[] = []
  for (let index = lowerBound(wanted, first); index < wanted.length; index++) {
    const step = wanted[index] ?? Number.POSITIVE_INFINITY
    if (step > last) break
    if ((step - first) % stride === 0) places.push((step - first) / stride)
  }
  if (places.length === 0) return []
  if (n !== count || places.length > MAX_SLICES) return [{ run, id, start: 1, length: n * PACKED_POINT_BYTES }]
  return places.map((place) => ({ run, id, start: place * PACKED_POINT_BYTES + 1, length: PACKED_POINT_BYTES }))
}

/** Index of the first element that is not less. */
const lowerBound = (sorted: Float64Array, value: number): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? value) < value) low = middle + 1
    else high = middle
  }
  return low
}
