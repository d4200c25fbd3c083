import { rawEndpoint } from '../../http/endpoint.ts'
import { fileBelowRoot, proxiedPath } from '../../http/proxied-path.ts'

export const deleteProxiedArtifact = rawEndpoint({
  id: 'A5',
  method: 'DELETE',
  path: '/artifacts/*',
  access: { artifact: 'MANAGE' },
  handle: async (request, _reply, { artifacts }) => {
    await artifacts.delete(fileBelowRoot(proxiedPath(request)))
    return {}
  },
})
