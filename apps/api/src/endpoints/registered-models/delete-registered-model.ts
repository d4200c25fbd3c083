import { Empty, RegisteredModelReference, validateModelName } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const deleteRegisteredModel = endpoint({
  id: 'G4',
  method: 'DELETE',
  path: '/registered-models/delete',
  access: { model: 'MANAGE' },
  request: RegisteredModelReference,
  response: Empty,
  handle: async ({ name }, { registry }) => {
    validateModelName(name)
    await registry.deleteRegisteredModel(name)
    return {}
  },
})
