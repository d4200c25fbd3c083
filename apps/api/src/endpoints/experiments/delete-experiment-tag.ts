import { DeleteExperimentTagRequest, Empty } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const deleteExperimentTag = endpoint({
  id: 'E9',
  method: 'POST',
  path: '/experiments/delete-experiment-tag',
  access: { experiment: 'EDIT' },
  request: DeleteExperimentTagRequest,
  response: Empty,
  handle: async ({ experiment_id: experimentId, key }, { tracking }) => {
    await tracking.deleteExperimentTag(experimentId, key)
    return {}
  },
})
