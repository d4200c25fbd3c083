import { Readable } from 'node:stream'
import {
  artifactBasename,
  type ArtifactPath,
  type ArtifactStore,
  type ByteRange,
  type FileInfo,
  ResourceDoesNotExistError,
} from '@tidemill/core'
import { findArtifact } from '@tidemill/artifacts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { attachmentHeaders } from './attachment.ts'
import { contentTypeOf } from './content-type.ts'
import { isNotModified, parseRange } from './partial-content.ts'
import { sendStream, writeHead } from './send-stream.ts'

/**
 * Streams one file as an attachment, whole or the byte range that was asked for; HEAD and `If-None-Match` open no
 * file. Throws ResourceDoesNotExistError, and RequestError 416 for a range past the end.
 */
export const sendArtifact = async (
  request: FastifyRequest,
  reply: FastifyReply,
  store: ArtifactStore,
  path: ArtifactPath,
): Promise<FastifyReply> => {
  const info = await findArtifact(store, path)
  if (info?.fileSize === undefined) {
    throw new ResourceDoesNotExistError(`No artifact file at '${path}'. List its folder to see what is there.`)
  }
  reply.headers(toHeaders(artifactBasename(path), info))
  if (isNotModified(request, info)) return reply.code(304).send()
  if (request.method === 'HEAD') return sendHead(reply, info.fileSize)
  const range = parseRange(request, info, info.fileSize)
  const content = await store.read(info.path, range)
  const stream = content.stream instanceof Readable ? content.stream : Readable.from(content.stream)
  if (range !== undefined && content.etag !== info.etag) {
    // The file was replaced between the two calls: the range may not even be in the new one.
    stream.destroy()
    return sendArtifact(request, reply, store, path)
  }
  reply.headers({ ...toValidators(content), 'content-length': toLength(range) ?? content.size })
  if (range !== undefined) {
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${content.size}`)
  }
  return sendStream(request, reply, stream)
}

const toLength = (range: ByteRange | undefined): number | undefined =>
  range === undefined ? undefined : range.end - range.start + 1

const toHeaders = (name: string, info: FileInfo): Record<string, string> => ({
  ...attachmentHeaders(name),
  ...toValidators(info),
  'content-type': contentTypeOf(name),
  'accept-ranges': 'bytes',
})

const toValidators = ({ etag, modifiedAt }: Pick<FileInfo, 'etag' | 'modifiedAt'>): Record<string, string> => ({
  ...(etag === undefined ? {} : { etag: `"${etag}"` }),
  ...(modifiedAt === undefined ? {} : { 'last-modified': new Date(modifiedAt).toUTCString() }),
})

/** Past Fastify, which would announce an empty body: the length is what a client asks for. */
const sendHead = (reply: FastifyReply, size: number): FastifyReply => {
  reply.header('content-length', size)
  writeHead(reply).end()
  return reply
}
