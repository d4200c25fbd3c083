import { Empty, LogInputsRequest, toDatasetInput, validateModelId, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** A dataset's profile alone may have 16 Mi characters. */
const MAX_BYTES = 32 * 1024 * 1024

export const logInputs = endpoint({
  id: 'R13',
  method: 'POST',
  path: '/runs/log-inputs',
  access: { run: 'EDIT' },
  request: LogInputsRequest,
  response: Empty,
  maxBytes: MAX_BYTES,
  handle: async ({ run_id: runId, datasets: messages, models }, { tracking }) => {
    validateRunId(runId)
    const datasets = messages.map(toDatasetInput)
    const modelIds = models.map(({ model_id: modelId }) => modelId)
    modelIds.forEach(validateModelId)
    await tracking.logInputs(runId, { datasets, modelIds })
    return {}
  },
})
