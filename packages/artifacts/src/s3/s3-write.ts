import {
  type ArtifactPath,
  InvalidParameterValueError,
  releaseChunk,
  ResourceAlreadyExistsError,
  type WriteOptions,
} from '@tidemill/core'
import type { S3Bucket } from './s3-bucket.ts'
import { hasS3Status } from './s3-error.ts'
import { createS3PartSender, type S3PartSender } from './s3-part-sender.ts'

const PART_BYTES = 8 * 1024 * 1024
/** Of S3. */
const MAX_PARTS = 10_000
/** One fills while the others are on their way. */
const BUFFERS = 3

/**
 * Streams to the bucket in parts, or at once when it is small, in a few buffers that are used again and again. A
 * stream that breaks, or has another size than announced, leaves nothing.
 */
export const writeObject = async (
  bucket: S3Bucket,
  path: ArtifactPath,
  content: AsyncIterable<Uint8Array>,
  expectedSize: number | undefined,
  { mustBeAbsent = false, ownsChunks = false }: WriteOptions = {},
): Promise<{ size: number }> => {
  const sender = createS3PartSender(bucket, { key: bucket.toKey(path), mustBeAbsent })
  const requireSize = (size: number, isWrong: boolean): void => {
    if (!isWrong) return
    throw new InvalidParameterValueError(
      `'${path}' was announced with ${expectedSize} bytes but ${size} arrived; nothing was stored. Send it again.`,
    )
  }
  let size = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      size += chunk.byteLength
      requireSize(size, expectedSize !== undefined && size > expectedSize)
      yield chunk
      if (ownsChunks) releaseChunk(chunk)
    }
    requireSize(size, expectedSize !== undefined && size !== expectedSize)
  }
  const partSize = Math.max(PART_BYTES, Math.ceil((expectedSize ?? 0) / MAX_PARTS))
  try {
    await sendParts(sender, counted(), partSize, Math.min(partSize, expectedSize ?? partSize))
  } catch (error) {
    await sender.abort()
    if (hasS3Status(error, 412)) throw new ResourceAlreadyExistsError(`There is an artifact at '${path}' already.`)
    throw error
  }
  return { size }
}

interface PartBuffer {
  readonly bytes: Buffer
  /** Settles when the bytes may be overwritten. */
  sent: Promise<void>
}

/** Copies the stream into parts. The first buffer has `firstSize` bytes: small files need no large one. */
const sendParts = async (
  sender: S3PartSender,
  content: AsyncIterable<Uint8Array>,
  partSize: number,
  firstSize: number,
): Promise<void> => {
  const buffers: PartBuffer[] = [newBuffer(firstSize)]
  let partNumber = 1
  let filled = 0
  const current = (): PartBuffer => (buffers[(partNumber - 1) % BUFFERS] ??= newBuffer(partSize))

  for await (const chunk of content) {
    let offset = 0
    while (offset < chunk.byteLength) {
      const buffer = current()
      if (filled === buffer.bytes.byteLength) {
        buffer.sent = sender.send(partNumber, buffer.bytes)
        partNumber += 1
        filled = 0
        await current().sent
        continue
      }
      const part = chunk.subarray(offset, offset + buffer.bytes.byteLength - filled)
      buffer.bytes.set(part, filled)
      filled += part.byteLength
      offset += part.byteLength
    }
  }
  await sender.finish(partNumber, current().bytes.subarray(0, filled))
}

const newBuffer = (size: number): PartBuffer => ({ bytes: Buffer.allocUnsafeSlow(size), sent: Promise.resolve() })
