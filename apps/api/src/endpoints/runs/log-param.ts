import { Empty, LogParamRequest, validateParam, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const logParam = endpoint({
  id: 'R8',
  method: 'POST',
  path: '/runs/log-parameter',
  access: { run: 'EDIT' },
  request: LogParamRequest,
  response: Empty,
  handle: async ({ run_id: runId, key, value }, { tracking }) => {
    validateRunId(runId)
    validateParam({ key, value })
    await tracking.logParam(runId, { key, value })
    return {}
  },
})
