import {
  RunInfoResponse,
  type RunUpdate,
  toRunInfoWire,
  UpdateRunRequest,
  validateRunId,
  validateRunUpdate,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const updateRun = endpoint({
  id: 'R2',
  method: 'POST',
  path: '/runs/update',
  access: { run: 'EDIT' },
  request: UpdateRunRequest,
  response: RunInfoResponse,
  handle: async ({ run_id: runId, status, end_time: endTime, run_name: runName = '' }, { tracking }) => {
    validateRunId(runId)
    const update: RunUpdate = {
      ...(status === undefined ? {} : { status }),
      ...(endTime === undefined ? {} : { endTime }),
      ...(runName === '' ? {} : { runName }),
    }
    validateRunUpdate(update)
    return { run_info: toRunInfoWire(await tracking.updateRun(runId, update)) }
  },
})
