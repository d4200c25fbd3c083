/**
 * One-dimensional arrays without nulls in Postgres' binary form (`array_send` in src/backend/utils/adt/arrayfuncs.c):
 * a header of five 32-bit numbers, then each element with its length. A float as text costs more than a whole row.
 */
const HEADER_BYTES = 20
const INT4 = 23
const INT8 = 20
const FLOAT8 = 701
const TEXT = 25
const TWO_TO_32 = 2 ** 32

const allocate = (elementType: number, count: number, bytes: number): Buffer => {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + bytes)
  // An empty array has no dimension and ends before the fourth number.
  if (count === 0) return writeHeader(buffer.subarray(0, 12), 0, elementType)
  writeHeader(buffer, 1, elementType)
  buffer.writeInt32BE(count, 12)
  buffer.writeInt32BE(1, 16)
  return buffer
}

const writeHeader = (buffer: Buffer, dimensions: number, elementType: number): Buffer => {
  buffer.writeInt32BE(dimensions, 0)
  buffer.writeInt32BE(0, 4)
  buffer.writeInt32BE(elementType, 8)
  return buffer
}

/** A value of type int[]. */
export const toInt4Array = (values: readonly number[]): Buffer => {
  const buffer = allocate(INT4, values.length, values.length * 8)
  let offset = HEADER_BYTES
  for (const value of values) {
    buffer.writeInt32BE(4, offset)
    buffer.writeInt32BE(value, offset + 4)
    offset += 8
  }
  return buffer
}

/** A value of type bigint[]: integers within ±2^53 as numbers, others as text. */
export const toInt8Array = (values: readonly (number | string)[]): Buffer => {
  const buffer = allocate(INT8, values.length, values.length * 12)
  let offset = HEADER_BYTES
  for (const value of values) {
    buffer.writeInt32BE(8, offset)
    if (typeof value === 'number') {
      const high = Math.floor(value / TWO_TO_32)
      buffer.writeInt32BE(high, offset + 4)
      buffer.writeUInt32BE(value - high * TWO_TO_32, offset + 8)
    } else {
      buffer.writeBigInt64BE(BigInt(value), offset + 4)
    }
    offset += 12
  }
  return buffer
}

/** A value of type float8[]. */
export const toFloat8Array = (values: readonly number[]): Buffer => {
  const buffer = allocate(FLOAT8, values.length, values.length * 12)
  let offset = HEADER_BYTES
  for (const value of values) {
    buffer.writeInt32BE(8, offset)
    buffer.writeDoubleBE(value, offset + 4)
    offset += 12
  }
  return buffer
}

/** A value of type text[]. A lone surrogate becomes U+FFFD, as in every text that goes to Postgres. */
export const toTextArray = (values: readonly string[]): Buffer => {
  const bytes = values.reduce((sum, value) => sum + 4 + Buffer.byteLength(value), 0)
  const buffer = allocate(TEXT, values.length, bytes)
  let offset = HEADER_BYTES
  for (const value of values) {
    const length = buffer.write(value, offset + 4)
    buffer.writeInt32BE(length, offset)
    offset += 4 + length
  }
  return buffer
}

/** The elements of `array_send(int[])`. */
export const fromInt4Array = (bytes: Uint8Array): number[] =>
  elementsOf(bytes, 8, (view, offset) => view.getInt32(offset))

/** The elements of `array_send(bigint[])`, exact within ±2^53. */
export const fromInt8Array = (bytes: Uint8Array): number[] =>
  elementsOf(bytes, 12, (view, offset) => view.getInt32(offset) * TWO_TO_32 + view.getUint32(offset + 4))

/** The elements of `array_send(float8[])`. */
export const fromFloat8Array = (bytes: Uint8Array): number[] =>
  elementsOf(bytes, 12, (view, offset) => view.getFloat64(offset))

/** `elementBytes` with the length of the element before it. */
const elementsOf = (
  bytes: Uint8Array,
  elementBytes: number,
  read: (view: DataView, offset: number) => number,
): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements: number[] = []
  for (let offset = HEADER_BYTES; offset < bytes.byteLength; offset += elementBytes) {
    elements.push(read(view, offset + 4))
  }
  return elements
}
