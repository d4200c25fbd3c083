import { RunReference, RunResponse, toRunWire, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getRun = endpoint({
  id: 'R5',
  method: 'GET',
  path: '/runs/get',
  access: { run: 'READ' },
  request: RunReference,
  response: RunResponse,
  handle: async ({ run_id: runId }, { tracking }) => {
    validateRunId(runId)
    return { run: toRunWire(await tracking.getRun(runId)) }
  },
})
