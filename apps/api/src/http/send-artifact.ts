import { Readable } from 'node:stream'
import {
  artifactBasename,
  type ArtifactPath,
  type ArtifactStore,
  type ByteRange,
  ResourceDoesNotExistError,
} from '@tidemill/core'
import { findArtifactPath } from '@tidemill/artifacts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { RequestError } from '../errors.ts'
import { contentTypeOf } from './content-type.ts'
import { ARTIFACT_HEADERS } from './security-headers.ts'

/** Streams one file as an attachment, whole or the byte range that was asked for. Throws ResourceDoesNotExistError. */
export const sendArtifact = async (
  request: FastifyRequest,
  reply: FastifyReply,
  store: ArtifactStore,
  path: ArtifactPath,
): Promise<FastifyReply> => {
  const found = await findArtifactPath(store, path)
  const info = found === undefined ? undefined : await store.stat(found)
  if (info?.fileSize === undefined) {
    throw new ResourceDoesNotExistError(`No artifact file at '${path}'. List its folder to see what is there.`)
  }
  const range = parseRange(request.headers.range, info.fileSize)
  const content = await store.read(info.path, range)
  const name = artifactBasename(path)
  reply.headers({
    ...ARTIFACT_HEADERS,
    'content-type': contentTypeOf(name),
    'content-disposition': toDisposition(name),
    'accept-ranges': 'bytes',
    'last-modified': new Date(content.modifiedAt).toUTCString(),
    'content-length': String(range === undefined ? content.size : range.end - range.start + 1),
  })
  if (range !== undefined) {
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${content.size}`)
  }
  return reply.send(content.stream instanceof Readable ? content.stream : Readable.from(content.stream))
}

/** One range as RFC 9110 §14 has it; several, or what is no range, count as none. Throws 416 past the end. */
const parseRange = (header: string | undefined, size: number): ByteRange | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  const [, first = '', last = ''] = match ?? []
  if (match === null || (first === '' && last === '')) return undefined
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

/** RFC 6266: an ASCII name for old clients, and the exact one. */
const toDisposition = (name: string): string => {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%;]/g, '_')
  const exact = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${ascii}"; filename*=UTF-8''${exact}`
}
