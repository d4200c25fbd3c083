import { DeleteRunTagRequest, Empty, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const deleteRunTag = endpoint({
  id: 'R10',
  method: 'POST',
  path: '/runs/delete-tag',
  access: { run: 'EDIT' },
  request: DeleteRunTagRequest,
  response: Empty,
  handle: async ({ run_id: runId, key }, { tracking }) => {
    validateRunId(runId)
    await tracking.deleteRunTag(runId, key)
    return {}
  },
})
