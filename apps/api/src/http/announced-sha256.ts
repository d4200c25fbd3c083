import { createHash } from 'node:crypto'
import { InvalidParameterValueError } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'

/**
 * The body, checked against the SHA-256 that the client sent with it: `x-tidemill-sha256` in hexadecimal, or
 * `Digest: sha-256=` in base64. Throws InvalidParameterValueError at the end of a body that has another one.
 */
export const verifiedBody = (request: FastifyRequest): AsyncIterable<Uint8Array> => {
  const expected = announcedSha256(request)
  return expected === undefined ? request.raw : verifySha256(request.raw, expected)
}

const announcedSha256 = ({ headers }: FastifyRequest): string | undefined => {
  const { 'x-tidemill-sha256': plain, digest } = headers
  if (typeof plain === 'string') return requireSha256(Buffer.from(plain, 'hex'), 'x-tidemill-sha256', plain)
  const base64 = /(?:^|,)\s*sha-256=([^,\s]+)/i.exec(typeof digest === 'string' ? digest : '')?.[1]
  return base64 === undefined ? undefined : requireSha256(Buffer.from(base64, 'base64'), 'Digest', base64)
}

const requireSha256 = (hash: Buffer, header: string, value: string): string => {
  if (hash.byteLength === 32) return hash.toString('hex')
  throw new InvalidParameterValueError(
    `The header ${header} has '${value.slice(0, 100)}', which is no SHA-256. Send all 32 bytes or leave it out.`,
  )
}

const verifySha256 = async function* (
  content: AsyncIterable<Uint8Array>,
  expected: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const chunk of content) {
    hash.update(chunk)
    yield chunk
  }
  const actual = hash.digest('hex')
  if (actual === expected) return
  throw new InvalidParameterValueError(
    `The bytes have the SHA-256 ${actual}, not ${expected} as announced; nothing was stored. Send them again.`,
  )
}
