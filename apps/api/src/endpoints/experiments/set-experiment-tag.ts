import { Empty, SetExperimentTagRequest, validateExperimentTag } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const setExperimentTag = endpoint({
  id: 'E8',
  method: 'POST',
  path: '/experiments/set-experiment-tag',
  access: { experiment: 'EDIT' },
  request: SetExperimentTagRequest,
  response: Empty,
  handle: async ({ experiment_id: experimentId, key, value }, { tracking }) => {
    validateExperimentTag({ key, value })
    await tracking.setExperimentTag(experimentId, { key, value })
    return {}
  },
})
