import type { FastifyRequest } from 'fastify'
import { RequestError } from '../errors.ts'

/** The whole body. Throws RequestError 413 before reading when its announced length is too much, else as soon as it is. */
export const readBody = async (request: FastifyRequest, maxBytes: number): Promise<Buffer> => {
  if ((announcedLength(request) ?? 0) > maxBytes) throw bodyTooLarge(maxBytes)
  const { raw } = request
  // Not `for await`: leaving its loop early would destroy the socket that the 413 must go out on.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    raw.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      if (size <= maxBytes) {
        chunks.push(chunk)
        return
      }
      raw.removeAllListeners('data')
      raw.pause()
      reject(bodyTooLarge(maxBytes))
    })
    raw.once('end', () => resolve(Buffer.concat(chunks, size)))
    raw.once('error', reject)
    raw.once('close', () => {
      // Also emitted after the end, when an error would only cost its stack.
      if (!raw.complete) reject(new RequestError(400, 'BAD_REQUEST', 'The request ended before its body did.'))
    })
  })
}

/** Bytes of the body; undefined when the request does not say. */
export const announcedLength = (request: FastifyRequest): number | undefined => {
  const length = request.headers['content-length']
  return length === undefined ? undefined : Number(length)
}

const bodyTooLarge = (maxBytes: number): RequestError =>
  new RequestError(
    413,
    'INVALID_PARAMETER_VALUE',
    `The request body is larger than ${maxBytes} bytes. Split the request into smaller ones.`,
  )
