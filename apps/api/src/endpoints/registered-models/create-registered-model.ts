import {
  CreateRegisteredModelRequest,
  RegisteredModelResponse,
  toRegisteredModelWire,
  validateNewRegisteredModel,
} from '@tidemill/core'
import { creatorOf } from '../../auth/caller.ts'
import { endpoint } from '../../http/endpoint.ts'

export const createRegisteredModel = endpoint({
  id: 'G1',
  method: 'POST',
  path: '/registered-models/create',
  access: { model: 'CREATE' },
  request: CreateRegisteredModelRequest,
  response: RegisteredModelResponse,
  maxBytes: 8 * 1024 * 1024,
  handle: async (model, { registry }, { request }) => {
    validateNewRegisteredModel(model)
    return {
      registered_model: toRegisteredModelWire(
        await registry.createRegisteredModel({ ...model, ...creatorOf(request.caller) }),
      ),
    }
  },
})
