import { Empty, LogModelRequest, parseModelJson, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** Notes a model that a client of MLflow 2 saved among the run's artifacts. */
export const logModel = endpoint({
  id: 'R12',
  method: 'POST',
  path: '/runs/log-model',
  access: { run: 'EDIT' },
  request: LogModelRequest,
  response: Empty,
  handle: async ({ run_id: runId, model_json: json }, { tracking }) => {
    validateRunId(runId)
    await tracking.appendLoggedModelHistory(runId, parseModelJson(json))
    return {}
  },
})
