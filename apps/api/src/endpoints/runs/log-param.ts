import {
  decodePlainKeyValue,
  Empty,
  LogParamRequest,
  refuseLongValues,
  validateParam,
  validateRunId,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const logParam = endpoint({
  id: 'R8',
  method: 'POST',
  path: '/runs/log-parameter',
  access: { run: 'EDIT' },
  request: LogParamRequest,
  response: Empty,
  decode: decodePlainKeyValue,
  handle: async ({ run_id: runId, key, value }, { tracking, config }) => {
    validateRunId(runId)
    validateParam({ key, value })
    if (config.truncateLongValues === false) refuseLongValues({ params: [{ key, value }] }, true)
    await tracking.logParam(runId, { key, value })
    return {}
  },
})
