import {
  CreateLoggedModelRequest,
  LoggedModelResponse,
  toLoggedModelWire,
  validateNewLoggedModel,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** Params and tags may be long texts. */
const MAX_BYTES = 16 * 1024 * 1024

export const createLoggedModel = endpoint({
  id: 'L1',
  method: 'POST',
  path: '/logged-models',
  access: { experiment: 'EDIT' },
  request: CreateLoggedModelRequest,
  response: LoggedModelResponse,
  maxBytes: MAX_BYTES,
  handle: async ({ experiment_id: experimentId, name, params, tags, ...request }, { loggedModels }) => {
    const model = {
      experimentId,
      ...(name === '' ? {} : { name }),
      ...(request.model_type === '' ? {} : { modelType: request.model_type }),
      ...(request.source_run_id === '' ? {} : { sourceRunId: request.source_run_id }),
      params,
      tags,
    }
    validateNewLoggedModel(model)
    return { model: toLoggedModelWire(await loggedModels.createLoggedModel(model)) }
  },
})
