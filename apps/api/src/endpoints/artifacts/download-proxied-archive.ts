import { artifactBasename } from '@tidemill/core'
import { rawEndpoint } from '../../http/endpoint.ts'
import { fileBelowRoot, proxiedPath } from '../../http/proxied-path.ts'
import { sendArchive } from '../../http/send-archive.ts'

/** The files of one folder as a zip file. */
export const downloadProxiedArchive = rawEndpoint({
  id: 'TM21',
  method: 'GET',
  path: '/archive/*',
  access: { artifact: 'READ' },
  handle: async (request, reply, { artifacts }) => {
    const folder = fileBelowRoot(proxiedPath(request))
    return sendArchive(reply, artifacts, folder, artifactBasename(folder))
  },
})
