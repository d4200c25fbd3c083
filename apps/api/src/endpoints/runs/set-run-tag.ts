import { Empty, SetRunTagRequest, validateRunId, validateTag } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const setRunTag = endpoint({
  id: 'R9',
  method: 'POST',
  path: '/runs/set-tag',
  access: { run: 'EDIT' },
  request: SetRunTagRequest,
  response: Empty,
  handle: async ({ run_id: runId, key, value }, { tracking }) => {
    validateRunId(runId)
    validateTag({ key, value })
    await tracking.logBatch(runId, { metrics: [], params: [], tags: [{ key, value }] })
    return {}
  },
})
