import {
  CreateExperimentRequest,
  CreateExperimentResponse,
  validateArtifactLocation,
  validateExperimentName,
  validateExperimentTag,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const createExperiment = endpoint({
  id: 'E1',
  method: 'POST',
  path: '/experiments/create',
  access: { experiment: 'CREATE' },
  request: CreateExperimentRequest,
  response: CreateExperimentResponse,
  handle: async ({ name, artifact_location: location = '', tags = [] }, { tracking }) => {
    validateExperimentName(name)
    if (location !== '') validateArtifactLocation(location)
    for (const [index, tag] of tags.entries()) validateExperimentTag(tag, `tags[${index}]`)
    const experimentId = await tracking.createExperiment({
      name,
      tags,
      ...(location === '' ? {} : { artifactLocation: location }),
    })
    return { experiment_id: experimentId }
  },
})
