import { CreateRunRequest, type NewRun, refuseLongValues, RunResponse, toRunWire, validateNewRun } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

const DEFAULT_EXPERIMENT_ID = '0'

export const createRun = endpoint({
  id: 'R1',
  method: 'POST',
  path: '/runs/create',
  access: { experiment: 'EDIT' },
  needs: ({ experiment_id: id = '' }) => [
    { on: 'experiment', id: id === '' ? DEFAULT_EXPERIMENT_ID : id, level: 'EDIT' },
  ],
  request: CreateRunRequest,
  response: RunResponse,
  handle: async (message, { tracking, config }) => {
    const { experiment_id: experimentId = '', user_id: userId, run_name: runName = '', start_time: startTime } = message
    const run: NewRun = {
      experimentId: experimentId === '' ? DEFAULT_EXPERIMENT_ID : experimentId,
      tags: message.tags,
      ...(userId === undefined ? {} : { userId }),
      ...(runName === '' ? {} : { runName }),
      ...(startTime === undefined ? {} : { startTime }),
    }
    validateNewRun(run)
    if (config.truncateLongValues === false) refuseLongValues({ tags: message.tags ?? [] })
    return { run: toRunWire(await tracking.createRun(run)) }
  },
})
