import { Empty, ModelVersionReference, parseModelVersion, validateModelName } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const deleteModelVersion = endpoint({
  id: 'V4',
  method: 'DELETE',
  path: '/model-versions/delete',
  access: { model: 'MANAGE' },
  request: ModelVersionReference,
  response: Empty,
  handle: async ({ name, version }, { registry }) => {
    validateModelName(name)
    await registry.deleteModelVersion(name, parseModelVersion(version))
    return {}
  },
})
