import { RunReference, RunResponse, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { JsonText } from '../../http/json-text.ts'

export const getRun = endpoint({
  id: 'R5',
  method: 'GET',
  path: '/runs/get',
  access: { run: 'READ' },
  request: RunReference,
  response: RunResponse,
  handle: async ({ run_id: runId }, { tracking }) => {
    validateRunId(runId)
    return new JsonText(`{"run":${await tracking.getRunJson(runId)}}`)
  },
})
