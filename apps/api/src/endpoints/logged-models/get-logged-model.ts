import { GetLoggedModelRequest, LoggedModelResponse, toLoggedModelWire } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getLoggedModel = endpoint({
  id: 'L3',
  method: 'GET',
  path: '/logged-models/:model_id',
  access: { experiment: 'READ' },
  request: GetLoggedModelRequest,
  response: LoggedModelResponse,
  handle: async ({ model_id: modelId, allow_deleted: flag }, { loggedModels }) => {
    const allowDeleted = String(flag).toLowerCase() === 'true'
    return { model: toLoggedModelWire(await loggedModels.getLoggedModel(modelId, { allowDeleted })) }
  },
})
