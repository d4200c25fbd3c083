import {
  ExperimentResponse,
  GetExperimentByNameRequest,
  ResourceDoesNotExistError,
  toExperimentWire,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getExperimentByName = endpoint({
  id: 'E3',
  method: 'GET',
  path: '/experiments/get-by-name',
  access: { experiment: 'READ' },
  request: GetExperimentByNameRequest,
  response: ExperimentResponse,
  handle: async ({ experiment_name: name }, { tracking }) => {
    const experiment = await tracking.findExperimentByName(name)
    if (experiment === undefined) {
      throw new ResourceDoesNotExistError(`Could not find experiment with name '${name}'`)
    }
    return { experiment: toExperimentWire(experiment) }
  },
})
