import type { ByteRange, FileInfo } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import { RequestError } from '../errors.ts'

type Validators = Pick<FileInfo, 'etag' | 'modifiedAt'>

/** `If-None-Match` names what the client has; tags compare weakly (RFC 9110 §13.1.2). */
export const isNotModified = (request: FastifyRequest, { etag }: Validators): boolean => {
  const header = request.headers['if-none-match']
  if (header === undefined || etag === undefined) return false
  const known = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return known.includes('*') || known.includes(`"${etag}"`)
}

/**
 * One range as RFC 9110 §14 has it; several, what is no range, and one of another version (`If-Range`) count as none.
 * Throws RequestError 416 past the end.
 */
export const parseRange = (request: FastifyRequest, validators: Validators, size: number): ByteRange | undefined => {
  const { range: header } = request.headers
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  const [, first = '', last = ''] = match ?? []
  if (match === null || (first === '' && last === '') || !isCurrent(request, validators)) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start >= size || start > end) {
    throw new RequestError(
      416,
      'INVALID_PARAMETER_VALUE',
      `The range '${header}' is not within the file's ${size} bytes.`,
    )
  }
  return { start, end }
}

/** A tag must be strong; a time must be exactly the file's, in the seconds that HTTP has. */
const isCurrent = (request: FastifyRequest, { etag, modifiedAt }: Validators): boolean => {
  const { 'if-range': condition } = request.headers
  if (typeof condition !== 'string') return true
  if (condition.endsWith('"')) return etag !== undefined && condition === `"${etag}"`
  return modifiedAt !== undefined && Date.parse(condition) === Math.floor(modifiedAt / 1000) * 1000
}
