import { InvalidParameterValueError, ResourceDoesNotExistError } from '@tidemill/core'
import { verifiedBody } from '../../http/announced-sha256.ts'
import { rawEndpoint } from '../../http/endpoint.ts'
import { proxiedPath } from '../../http/proxied-path.ts'
import { announcedLength } from '../../http/read-body.ts'
import { requireMultipart } from './multipart-path.ts'

/** One part of a multipart upload, for stores without URLs of their own; `ETag` names it in the completion. */
export const uploadPart = rawEndpoint({
  id: 'TM20',
  method: 'PUT',
  path: '/mpu/part/*',
  access: { artifact: 'EDIT' },
  // The random id is the right: whoever has it was let in by create-multipart-upload.ts for one path.
  needs: () => [],
  handle: async (request, reply, { artifacts }) => {
    const [uploadId = '', number = '', ...rest] = proxiedPath(request).split('/')
    const { writePart } = requireMultipart(artifacts)
    if (writePart === undefined || rest.length > 0) {
      throw new ResourceDoesNotExistError('Parts are sent to the URLs that the creation of the upload answered.')
    }
    if (!/^[1-9]\d{0,4}$/.test(number)) {
      throw new InvalidParameterValueError(`'${number}' is no part number. Count the parts from 1.`)
    }
    const { etag } = await writePart(uploadId, Number(number), verifiedBody(request), announcedLength(request), {
      ownsChunks: true,
    })
    reply.header('etag', `"${etag}"`)
    return {}
  },
})
