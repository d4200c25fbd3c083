import { Empty, RunReference, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const restoreRun = endpoint({
  id: 'R4',
  method: 'POST',
  path: '/runs/restore',
  access: { run: 'MANAGE' },
  request: RunReference,
  response: Empty,
  handle: async ({ run_id: runId }, { tracking }) => {
    validateRunId(runId)
    await tracking.restoreRun(runId)
    return {}
  },
})
