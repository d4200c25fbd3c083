import { rawEndpoint } from '../../http/endpoint.ts'
import { fileBelowRoot, proxiedPath } from '../../http/proxied-path.ts'
import { announcedLength } from '../../http/read-body.ts'

/** Streams the body to the store. An empty file comes chunked and without a length, as Python sends it. */
export const uploadProxiedArtifact = rawEndpoint({
  id: 'A4',
  method: 'PUT',
  path: '/artifacts/*',
  access: { artifact: 'EDIT' },
  handle: async (request, _reply, { artifacts }) => {
    const path = fileBelowRoot(proxiedPath(request))
    await artifacts.write(path, request.raw, announcedLength(request))
    return {}
  },
})
