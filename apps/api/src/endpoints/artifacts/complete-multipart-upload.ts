import { CompleteMultipartUploadRequest, parseRequest } from '@tidemill/core'
import { rawEndpoint } from '../../http/endpoint.ts'
import { proxiedPath } from '../../http/proxied-path.ts'
import { readMessage } from '../../http/read-message.ts'
import { requireMultipart, toMultipartPath } from './multipart-path.ts'

/** 10,000 parts with their presigned URLs, which clients send back. */
const MAX_BYTES = 16 * 1024 * 1024

export const completeMultipartUpload = rawEndpoint({
  id: 'A7',
  method: 'POST',
  path: '/mpu/complete/*',
  access: { artifact: 'EDIT' },
  handle: async (request, _reply, { artifacts }) => {
    const folder = proxiedPath(request)
    const uploads = requireMultipart(artifacts)
    const message = parseRequest(
      CompleteMultipartUploadRequest,
      await readMessage(request, CompleteMultipartUploadRequest, MAX_BYTES),
    )
    const parts = message.parts.map(({ part_number: partNumber, etag }) => ({ partNumber, etag }))
    await uploads.complete(toMultipartPath(folder, message.path), message.upload_id, parts)
    return {}
  },
})
