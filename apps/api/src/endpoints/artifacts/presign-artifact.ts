import { NotImplementedError } from '@tidemill/core'
import { rawEndpoint } from '../../http/endpoint.ts'
import { proxiedPath } from '../../http/proxied-path.ts'

/** Files on a disk have no URL of their own; clients then download through the proxy. */
export const presignArtifact = rawEndpoint({
  id: 'A9',
  method: 'GET',
  path: '/presigned/*',
  access: { artifact: 'READ' },
  handle: async (request) => {
    proxiedPath(request)
    throw new NotImplementedError('Presigned download is not supported for the current artifact repository')
  },
})
