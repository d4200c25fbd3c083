import { Empty, SetRegisteredModelTagRequest, validateModelName, validateRegisteredModelTag } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const setRegisteredModelTag = endpoint({
  id: 'G8',
  method: 'POST',
  path: '/registered-models/set-tag',
  access: { model: 'EDIT' },
  request: SetRegisteredModelTagRequest,
  response: Empty,
  handle: async ({ name, key, value }, { registry }) => {
    validateModelName(name)
    validateRegisteredModelTag({ key, value })
    await registry.setRegisteredModelTag(name, { key, value })
    return {}
  },
})
