import { DeleteRegisteredModelTagRequest, Empty, validateKey, validateModelName } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** A tag that is not there is no error. */
export const deleteRegisteredModelTag = endpoint({
  id: 'G9',
  method: 'DELETE',
  path: '/registered-models/delete-tag',
  access: { model: 'MANAGE' },
  request: DeleteRegisteredModelTagRequest,
  response: Empty,
  handle: async ({ name, key }, { registry }) => {
    validateModelName(name)
    validateKey(key, 'key', 'key')
    await registry.deleteRegisteredModelTag(name, key)
    return {}
  },
})
