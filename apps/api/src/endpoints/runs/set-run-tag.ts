import {
  decodePlainKeyValue,
  Empty,
  refuseLongValues,
  SetRunTagRequest,
  validateRunId,
  validateTag,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const setRunTag = endpoint({
  id: 'R9',
  method: 'POST',
  path: '/runs/set-tag',
  access: { run: 'EDIT' },
  request: SetRunTagRequest,
  response: Empty,
  decode: decodePlainKeyValue,
  handle: async ({ run_id: runId, key, value }, { tracking, config }) => {
    validateRunId(runId)
    validateTag({ key, value })
    if (config.truncateLongValues === false) refuseLongValues({ tags: [{ key, value }] }, true)
    await tracking.logBatch(runId, { metrics: [], params: [], tags: [{ key, value }] })
    return {}
  },
})
