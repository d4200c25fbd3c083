import {
  RegisteredModelResponse,
  RenameRegisteredModelRequest,
  toRegisteredModelWire,
  validateModelName,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const renameRegisteredModel = endpoint({
  id: 'G2',
  method: 'POST',
  path: '/registered-models/rename',
  access: { model: 'EDIT' },
  request: RenameRegisteredModelRequest,
  response: RegisteredModelResponse,
  handle: async ({ name, new_name: newName }, { registry }) => {
    validateModelName(newName, 'new_name')
    validateModelName(name)
    return { registered_model: toRegisteredModelWire(await registry.renameRegisteredModel(name, newName)) }
  },
})
