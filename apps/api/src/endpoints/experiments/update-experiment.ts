import { Empty, UpdateExperimentRequest, validateExperimentName } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const updateExperiment = endpoint({
  id: 'E7',
  method: 'POST',
  path: '/experiments/update',
  access: { experiment: 'EDIT' },
  request: UpdateExperimentRequest,
  response: Empty,
  handle: async ({ experiment_id: experimentId, new_name: newName }, { tracking }) => {
    validateExperimentName(newName)
    await tracking.renameExperiment(experimentId, newName)
    return {}
  },
})
