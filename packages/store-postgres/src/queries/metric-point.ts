/** A point of a metric; NaN comes after every number, as Postgres sorts it. */
export interface MetricPoint {
  /** ms since the epoch. */
  readonly timestamp: number
  readonly step: number
  readonly value: number
}

/** Three little-endian float8: step, timestamp, value. All integers are within ±2^53. */
export const PACKED_POINT_BYTES = 24

export interface PackedPoints {
  readonly packed: Buffer
  /** Distinct steps. */
  readonly stepCount: number
  /** The distance between neighbours of the distinct steps; 1 when there is one step, 0 when it varies. */
  readonly stepStride: number
}

/** What a sorted chunk has beside its arrays. `points` are sorted by step; at least one. */
export const packPoints = (points: readonly MetricPoint[]): PackedPoints => {
  const packed = Buffer.allocUnsafe(points.length * PACKED_POINT_BYTES)
  let offset = 0
  let stepCount = 0
  let stepStride = 1
  let previous = Number.NaN
  for (const { step, timestamp, value } of points) {
    if (step !== previous) {
      stepCount++
      if (stepCount === 2) stepStride = step - previous
      else if (stepCount > 2 && step - previous !== stepStride) stepStride = 0
      previous = step
    }
    packed.writeDoubleLE(step, offset)
    packed.writeDoubleLE(timestamp, offset + 8)
    packed.writeDoubleLE(value, offset + 16)
    offset += PACKED_POINT_BYTES
  }
  return { packed, stepCount, stepStride }
}

export const unpackPoints = (packed: Uint8Array): MetricPoint[] => {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const points: MetricPoint[] = []
  for (let offset = 0; offset < packed.byteLength; offset += PACKED_POINT_BYTES) {
    points.push({
      step: view.getFloat64(offset, true),
      timestamp: view.getFloat64(offset + 8, true),
      value: view.getFloat64(offset + 16, true),
    })
  }
  return points
}

/** The arrays of a chunk that is not packed, as Postgres' text. */
export interface ChunkArrays {
  readonly key_ids: string
  readonly steps: string
  readonly timestamps: string
  readonly vals: string
}

/** The points of one key. */
export const parseChunkArrays = (chunk: ChunkArrays, keyId: number): MetricPoint[] => {
  const steps = toItems(chunk.steps)
  const timestamps = toItems(chunk.timestamps)
  const values = toItems(chunk.vals)
  const key = String(keyId)
  return toItems(chunk.key_ids).flatMap((each, index) =>
    each === key
      ? [{ step: Number(steps[index]), timestamp: Number(timestamps[index]), value: Number(values[index]) }]
      : [],
  )
}

/** Elements of an array of numbers: they are never quoted. */
const toItems = (text: string): string[] => (text === '{}' ? [] : text.slice(1, -1).split(','))

export type PointOrder = (a: MetricPoint, b: MetricPoint) => number

/** The order of histories. */
export const byTime: PointOrder = (a, b) =>
  a.timestamp - b.timestamp || a.step - b.step || compareValues(a.value, b.value)

/** The order of sampled histories and of sorted chunks. */
export const byStep: PointOrder = (a, b) =>
  a.step - b.step || a.timestamp - b.timestamp || compareValues(a.value, b.value)

const compareValues = (a: number, b: number): number => {
  if (a === b) return 0
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1
  return a < b || Number.isNaN(b) ? -1 : 1
}

/** In order, each point once. Chunks overlap little, so what comes is nearly always in order already. */
export const sortPoints = (points: MetricPoint[], order: PointOrder): MetricPoint[] => {
  const isStrictlySorted = points.every((point, index) => {
    const before = points[index - 1]
    return before === undefined || order(before, point) < 0
  })
  if (isStrictlySorted) return points
  return points.toSorted(order).filter((point, index, sorted) => {
    const before = sorted[index - 1]
    return before === undefined || order(before, point) !== 0
  })
}
