import { FinalizeLoggedModelRequest, LoggedModelResponse, toLoggedModelWire } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const finalizeLoggedModel = endpoint({
  id: 'L2',
  method: 'PATCH',
  path: '/logged-models/:model_id',
  access: { experiment: 'EDIT' },
  request: FinalizeLoggedModelRequest,
  response: LoggedModelResponse,
  handle: async ({ model_id: modelId, status }, { loggedModels }) => ({
    model: toLoggedModelWire(await loggedModels.finalizeLoggedModel(modelId, status)),
  }),
})
