import {
  RegisteredModelReference,
  RegisteredModelResponse,
  toRegisteredModelWire,
  validateModelName,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getRegisteredModel = endpoint({
  id: 'G5',
  method: 'GET',
  path: '/registered-models/get',
  access: { model: 'READ' },
  request: RegisteredModelReference,
  response: RegisteredModelResponse,
  handle: async ({ name }, { registry }) => {
    validateModelName(name)
    return { registered_model: toRegisteredModelWire(await registry.getRegisteredModel(name)) }
  },
})
