import { Empty, RunReference, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const deleteRun = endpoint({
  id: 'R3',
  method: 'POST',
  path: '/runs/delete',
  access: { run: 'MANAGE' },
  request: RunReference,
  response: Empty,
  handle: async ({ run_id: runId }, { tracking }) => {
    validateRunId(runId)
    await tracking.deleteRun(runId)
    return {}
  },
})
