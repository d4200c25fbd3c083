import { Empty, ExperimentReference } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const restoreExperiment = endpoint({
  id: 'E6',
  method: 'POST',
  path: '/experiments/restore',
  access: { experiment: 'MANAGE' },
  request: ExperimentReference,
  response: Empty,
  handle: async ({ experiment_id: experimentId }, { tracking }) => {
    await tracking.restoreExperiment(experimentId)
    return {}
  },
})
