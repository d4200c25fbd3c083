import { type ArtifactPath, type ArtifactStore, ResourceAlreadyExistsError } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import { RequestError } from '../../errors.ts'
import { verifiedBody } from '../../http/announced-sha256.ts'
import { rawEndpoint } from '../../http/endpoint.ts'
import { fileBelowRoot, proxiedPath } from '../../http/proxied-path.ts'
import { announcedLength } from '../../http/read-body.ts'

/**
 * Streams the body to the store. An empty file comes chunked and without a length, as Python sends it.
 * `If-None-Match: *` refuses to overwrite.
 */
export const uploadProxiedArtifact = rawEndpoint({
  id: 'A4',
  method: 'PUT',
  path: '/artifacts/*',
  access: { artifact: 'EDIT' },
  handle: async (request, _reply, { artifacts }) => {
    const path = fileBelowRoot(proxiedPath(request))
    const body = verifiedBody(request)
    if (request.headers['if-none-match'] === '*') await writeNew(artifacts, path, request, body)
    else await artifacts.write(path, body, announcedLength(request), { ownsChunks: true })
    return {}
  },
})

const writeNew = async (
  artifacts: ArtifactStore,
  path: ArtifactPath,
  request: FastifyRequest,
  body: AsyncIterable<Uint8Array>,
): Promise<void> => {
  // Before the bytes travel; the write itself decides between two that come at once.
  if ((await artifacts.stat(path)) !== undefined) throw preconditionFailed(path)
  try {
    await artifacts.write(path, body, announcedLength(request), { mustBeAbsent: true, ownsChunks: true })
  } catch (error) {
    throw error instanceof ResourceAlreadyExistsError ? preconditionFailed(path) : error
  }
}

const preconditionFailed = (path: ArtifactPath): RequestError =>
  new RequestError(
    412,
    'RESOURCE_ALREADY_EXISTS',
    `There is an artifact at '${path}' already, and If-None-Match asks for none. Leave the header out to overwrite it.`,
  )
