import { ServerInfoResponse } from '@tidemill/core'
import { z } from 'zod'
import { endpoint } from '../../http/endpoint.ts'

/**
 * The newest clients ask it before large transfers. Parts are announced only where they go to the store itself: on a
 * disk each byte would be written twice. Clients that insist may still send parts (create-multipart-upload.ts).
 */
export const serverInfo = endpoint({
  id: 'N18',
  method: ['GET', 'POST'],
  path: '/server-info',
  access: 'public',
  hasBody: false,
  request: z.object({}),
  response: ServerInfoResponse,
  handle: async (_message, { artifacts, config }) => ({
    store_type: 'SqlStore',
    workspaces_enabled: false,
    trace_archival_enabled: false,
    multipart_uploads_enabled: artifacts.multipart !== undefined && artifacts.multipart.writePart === undefined,
    multipart_downloads_enabled: artifacts.presigner !== undefined && config.presignedDownloads === true,
  }),
})
