import {
  Empty,
  parseModelVersion,
  SetModelVersionTagRequest,
  validateModelName,
  validateModelVersionTag,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const setModelVersionTag = endpoint({
  id: 'V8',
  method: 'POST',
  path: '/model-versions/set-tag',
  access: { model: 'EDIT' },
  request: SetModelVersionTagRequest,
  response: Empty,
  handle: async ({ name, version, key, value }, { registry }) => {
    validateModelName(name)
    const number = parseModelVersion(version)
    validateModelVersionTag({ key, value })
    await registry.setModelVersionTag(name, number, { key, value })
    return {}
  },
})
