import {
  RegisteredModelResponse,
  toRegisteredModelWire,
  UpdateRegisteredModelRequest,
  validateDescription,
  validateModelName,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** Replaces the description; an absent one is empty. */
export const updateRegisteredModel = endpoint({
  id: 'G3',
  method: 'PATCH',
  path: '/registered-models/update',
  access: { model: 'EDIT' },
  request: UpdateRegisteredModelRequest,
  response: RegisteredModelResponse,
  handle: async ({ name, description }, { registry }) => {
    validateModelName(name)
    validateDescription(description)
    return { registered_model: toRegisteredModelWire(await registry.updateRegisteredModel(name, description)) }
  },
})
