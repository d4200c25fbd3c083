import { Readable } from 'node:stream'
import { listFilesBelow, zipFiles } from '@tidemill/artifacts'
import type { ArtifactPath, ArtifactStore } from '@tidemill/core'
import type { FastifyReply } from 'fastify'
import { attachmentHeaders } from './attachment.ts'

/**
 * Streams the files below a folder as the zip file `<name>.zip`. Throws
 * ResourceDoesNotExistError, and InvalidParameterValueError for too many files, before the first byte.
 */
export const sendArchive = async (
  reply: FastifyReply,
  store: ArtifactStore,
  folder: ArtifactPath,
  name: string,
): Promise<FastifyReply> => {
  const files = await listFilesBelow(store, folder)
  reply.headers({
    ...attachmentHeaders(`${name}.zip`),
    'content-type': 'application/zip',
  })
  return reply.send(Readable.from(zipFiles(store, folder, files), { objectMode: false }))
}
