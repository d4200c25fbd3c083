import { Empty, LogOutputsRequest, toModelOutput, validateModelId, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** Links logged models to the run that made them. */
export const logOutputs = endpoint({
  id: 'R14',
  method: 'POST',
  path: '/runs/outputs',
  access: { run: 'EDIT' },
  request: LogOutputsRequest,
  response: Empty,
  handle: async ({ run_id: runId, models }, { tracking }) => {
    validateRunId(runId)
    const outputs = models.map(toModelOutput)
    for (const { modelId } of outputs) validateModelId(modelId)
    await tracking.logOutputs(runId, outputs)
    return {}
  },
})
