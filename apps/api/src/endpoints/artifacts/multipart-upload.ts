import { NotImplementedError } from '@tidemill/core'
import { type Endpoint, rawEndpoint } from '../../http/endpoint.ts'
import { proxiedPath } from '../../http/proxied-path.ts'

/** Clients fall back to a plain upload when the message starts with exactly this text. */
const refuse = (): never => {
  throw new NotImplementedError('Multipart upload is not supported for the current artifact repository')
}

const multipartEndpoint = (id: string, action: string): Endpoint =>
  rawEndpoint({
    id,
    method: 'POST',
    path: `/mpu/${action}/*`,
    access: { artifact: 'EDIT' },
    handle: async (request) => {
      proxiedPath(request)
      refuse()
    },
  })

export const multipartUploads: readonly Endpoint[] = [
  multipartEndpoint('A6', 'create'),
  multipartEndpoint('A7', 'complete'),
  multipartEndpoint('A8', 'abort'),
]
