import { Empty, LogLoggedModelParamsRequest, validateLoggedModelParams } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

const MAX_BYTES = 16 * 1024 * 1024

/** Clients send the params beyond the first 100 of a new model here. */
export const logLoggedModelParams = endpoint({
  id: 'L8',
  method: 'POST',
  path: '/logged-models/:model_id/params',
  access: { experiment: 'EDIT' },
  request: LogLoggedModelParamsRequest,
  response: Empty,
  maxBytes: MAX_BYTES,
  handle: async ({ model_id: modelId, params }, { loggedModels }) => {
    validateLoggedModelParams(params)
    await loggedModels.logLoggedModelParams(modelId, params)
    return {}
  },
})
