import { AbortMultipartUploadRequest, parseRequest } from '@tidemill/core'
import { rawEndpoint } from '../../http/endpoint.ts'
import { proxiedPath } from '../../http/proxied-path.ts'
import { readMessage } from '../../http/read-message.ts'
import { requireMultipart, toMultipartPath } from './multipart-path.ts'

const MAX_BYTES = 64 * 1024

export const abortMultipartUpload = rawEndpoint({
  id: 'A8',
  method: 'POST',
  path: '/mpu/abort/*',
  access: { artifact: 'EDIT' },
  handle: async (request, _reply, { artifacts }) => {
    const folder = proxiedPath(request)
    const uploads = requireMultipart(artifacts)
    const message = parseRequest(
      AbortMultipartUploadRequest,
      await readMessage(request, AbortMultipartUploadRequest, MAX_BYTES),
    )
    await uploads.abort(toMultipartPath(folder, message.path), message.upload_id)
    return {}
  },
})
