import type { FileHandle } from 'node:fs/promises'
import { releaseChunk } from '@tidemill/core'

/** Of one write to the file. Network chunks are 64 KiB and less; a system call for each would cost more than the copy. */
const BATCH_BYTES = 1024 * 1024

/**
 * Appends the stream to the file and answers its bytes; the next batch arrives while one is written. More than
 * `maxBytes` stop it early. `beforeBatch` may throw to stop, and gets the bytes so far.
 */
export const writeBatches = async (
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  options: {
    readonly maxBytes?: number
    readonly beforeBatch?: (size: number) => Promise<void>
    readonly ownsChunks?: boolean
  } = {},
): Promise<number> => {
  const { maxBytes = Number.POSITIVE_INFINITY, beforeBatch, ownsChunks = false } = options
  const write = async (chunks: readonly Uint8Array[]): Promise<void> => {
    await writeAll(file, chunks)
    if (ownsChunks) chunks.forEach(releaseChunk)
  }
  let size = 0
  let batch: Uint8Array[] = []
  let batchBytes = 0
  let writing = Promise.resolve()
  try {
    for await (const chunk of content) {
      size += chunk.byteLength
      if (size > maxBytes) return size
      batch.push(chunk)
      batchBytes += chunk.byteLength
      if (batchBytes < BATCH_BYTES) continue
      await writing
      await beforeBatch?.(size)
      writing = write(batch)
      batch = []
      batchBytes = 0
    }
    await writing
    writing = write(batch)
    await writing
    return size
  } finally {
    // The file must not be closed under a write; its failure is thrown above, or the stream broke first.
    await writing.catch(() => undefined)
  }
}

/** `writev` may write a part only, for example when the disk fills up. */
const writeAll = async (file: FileHandle, chunks: readonly Uint8Array[]): Promise<void> => {
  let rest = chunks.filter((chunk) => chunk.byteLength > 0)
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest)
    rest = dropBytes(rest, bytesWritten)
  }
}

const dropBytes = (chunks: readonly Uint8Array[], count: number): Uint8Array[] => {
  let left = count
  return chunks.flatMap((chunk) => {
    const dropped = Math.min(left, chunk.byteLength)
    left -= dropped
    return dropped === chunk.byteLength ? [] : [chunk.subarray(dropped)]
  })
}
