import { ExperimentReference, ExperimentResponse, toExperimentWire } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getExperiment = endpoint({
  id: 'E2',
  method: 'GET',
  path: '/experiments/get',
  access: { experiment: 'READ' },
  request: ExperimentReference,
  response: ExperimentResponse,
  handle: async ({ experiment_id: experimentId }, { tracking }) => ({
    experiment: toExperimentWire(await tracking.getExperiment(experimentId)),
  }),
})
