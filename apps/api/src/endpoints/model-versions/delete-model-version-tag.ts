import { DeleteModelVersionTagRequest, Empty, parseModelVersion, validateKey, validateModelName } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** A tag that is not there is no error. */
export const deleteModelVersionTag = endpoint({
  id: 'V9',
  method: 'DELETE',
  path: '/model-versions/delete-tag',
  access: { model: 'MANAGE' },
  request: DeleteModelVersionTagRequest,
  response: Empty,
  handle: async ({ name, version, key }, { registry }) => {
    validateModelName(name)
    const number = parseModelVersion(version)
    validateKey(key, 'key', 'key')
    await registry.deleteModelVersionTag(name, number, key)
    return {}
  },
})
