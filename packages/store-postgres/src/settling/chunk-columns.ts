import { fromFloat8Array, fromInt4Array, fromInt8Array } from '../database/binary-array.ts'

/** The arrays of a chunk in binary form: reading a number from text costs more than all else that is done with it. */
export const CHUNK_COLUMNS =
  'array_send(chunk.key_ids) as key_ids, array_send(chunk.steps) as steps, array_send(chunk.timestamps) as timestamps, array_send(chunk.vals) as vals'

export interface ChunkColumnsRow {
  readonly key_ids: Uint8Array
  readonly steps: Uint8Array
  readonly timestamps: Uint8Array
  readonly vals: Uint8Array
}

export interface ChunkPoint {
  readonly keyId: number
  readonly step: number
  readonly timestamp: number
  readonly value: number
}

/** The points of a chunk in the order in which they came. */
export const toChunkPoints = (row: ChunkColumnsRow): ChunkPoint[] => {
  const [steps, timestamps, values] = [
    fromInt8Array(row.steps),
    fromInt8Array(row.timestamps),
    fromFloat8Array(row.vals),
  ]
  return fromInt4Array(row.key_ids).map((keyId, index) => {
    const [step, timestamp, value] = [steps[index], timestamps[index], values[index]]
    if (step === undefined || timestamp === undefined || value === undefined) {
      throw new Error('The arrays of a metric chunk differ in length')
    }
    return { keyId, step, timestamp, value }
  })
}
