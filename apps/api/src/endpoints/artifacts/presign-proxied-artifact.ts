import { NotImplementedError, type PresignedDownloadResponse } from '@tidemill/core'
import { findArtifact } from '@tidemill/artifacts'
import type { z } from 'zod'
import { rawEndpoint } from '../../http/endpoint.ts'
import { proxiedPath } from '../../http/proxied-path.ts'
import { PRESIGNED_SECONDS } from './presigned-seconds.ts'

/** A URL of the store for one file. Without one, clients download through the proxy; the text is MLflow's. */
export const presignProxiedArtifact = rawEndpoint({
  id: 'A9',
  method: 'GET',
  path: '/presigned/*',
  access: { artifact: 'READ' },
  handle: async (request, _reply, { artifacts, config }): Promise<z.input<typeof PresignedDownloadResponse>> => {
    const path = proxiedPath(request)
    if (artifacts.presigner === undefined || config.presignedDownloads !== true) {
      throw new NotImplementedError('Multipart download is not supported for the current artifact repository')
    }
    const found = await findArtifact(artifacts, path)
    const { url, fileSize } = await artifacts.presigner.presign(found?.path ?? path, PRESIGNED_SECONDS)
    return { url, headers: {}, file_size: fileSize }
  },
})
