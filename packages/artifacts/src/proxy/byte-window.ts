import type { ByteRange } from '@tidemill/core'

/** The bytes of the range out of the whole; stops reading after its end. */
export const skipTo = async function* (
  whole: AsyncIterable<Uint8Array>,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let offset = 0
  for await (const chunk of whole) {
    const part = chunk.subarray(Math.max(0, start - offset), Math.max(0, end + 1 - offset))
    if (part.byteLength > 0) yield part
    offset += chunk.byteLength
    if (offset > end) return
  }
}
