import { CreateMultipartUploadRequest, type CreateMultipartUploadResponse, parseRequest } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { rawEndpoint } from '../../http/endpoint.ts'
import { proxiedPath } from '../../http/proxied-path.ts'
import { readMessage } from '../../http/read-message.ts'
import { requireMultipart, toMultipartPath } from './multipart-path.ts'

const MAX_BYTES = 64 * 1024

/** Answers where to PUT each part: URLs of the store, or of this server (upload-part.ts). */
export const createMultipartUpload = rawEndpoint({
  id: 'A6',
  method: 'POST',
  path: '/mpu/create/*',
  access: { artifact: 'EDIT' },
  handle: async (request, _reply, { artifacts }): Promise<z.input<typeof CreateMultipartUploadResponse>> => {
    const folder = proxiedPath(request)
    const uploads = requireMultipart(artifacts)
    const message = parseRequest(
      CreateMultipartUploadRequest,
      await readMessage(request, CreateMultipartUploadRequest, MAX_BYTES),
    )
    const path = toMultipartPath(folder, message.path)
    const { uploadId, partUrls } = await uploads.create(path, message.num_parts)
    const ownUrl = `${originOf(request)}/api/2.0/mlflow-artifacts/mpu/part/${uploadId}`
    return {
      upload_id: uploadId,
      credentials: Array.from({ length: message.num_parts }, (_, index) => ({
        url: partUrls?.[index] ?? `${ownUrl}/${index + 1}`,
        part_number: index + 1,
        headers: partUrls === undefined ? credentialsOf(request) : {},
      })),
    }
  },
})

/** Clients send parts without credentials, to whatever store it is; to this server they have to say who they are. */
const credentialsOf = ({ headers: { authorization } }: FastifyRequest): Record<string, string> =>
  authorization === undefined ? {} : { Authorization: authorization }

/** As the client reached us, also through a proxy that ends TLS; the Host header is checked already. */
const originOf = (request: FastifyRequest): string => {
  const isBehindTls = request.headers['x-forwarded-proto'] === 'https'
  return `${isBehindTls ? 'https' : request.protocol}://${request.host}`
}
