import { Empty, ExperimentReference } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const deleteExperiment = endpoint({
  id: 'E5',
  method: 'POST',
  path: '/experiments/delete',
  access: { experiment: 'MANAGE' },
  request: ExperimentReference,
  response: Empty,
  handle: async ({ experiment_id: experimentId }, { tracking }) => {
    await tracking.deleteExperiment(experimentId)
    return {}
  },
})
