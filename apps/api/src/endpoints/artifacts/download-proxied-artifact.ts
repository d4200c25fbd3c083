import { rawEndpoint } from '../../http/endpoint.ts'
import { proxiedPath } from '../../http/proxied-path.ts'
import { sendArtifact } from '../../http/send-artifact.ts'

export const downloadProxiedArtifact = rawEndpoint({
  id: 'A3',
  method: 'GET',
  path: '/artifacts/*',
  access: { artifact: 'READ' },
  isHeadable: true,
  handle: (request, reply, { artifacts }) => sendArtifact(request, reply, artifacts, proxiedPath(request)),
})
