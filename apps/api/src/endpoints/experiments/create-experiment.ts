import {
  CreateExperimentRequest,
  CreateExperimentResponse,
  validateArtifactLocation,
  validateExperimentName,
  validateExperimentTag,
} from '@tidemill/core'
import { toAbsolutePlace } from '../../absolute-place.ts'
import { creatorOf } from '../../auth/caller.ts'
import { needsOfNewPlace } from '../../auth/needs-of-places.ts'
import { endpoint } from '../../http/endpoint.ts'

export const createExperiment = endpoint({
  id: 'E1',
  method: 'POST',
  path: '/experiments/create',
  access: { experiment: 'CREATE' },
  request: CreateExperimentRequest,
  response: CreateExperimentResponse,
  needs: ({ artifact_location: location = '' }) => needsOfNewPlace(location),
  handle: async ({ name, artifact_location: location = '', tags = [] }, { tracking, config }, { request }) => {
    validateExperimentName(name)
    if (location !== '') validateArtifactLocation(location, config.artifactLocationMaxLength)
    for (const [index, tag] of tags.entries()) validateExperimentTag(tag, `tags[${index}]`)
    const experimentId = await tracking.createExperiment({
      name,
      tags,
      ...creatorOf(request.caller),
      ...(location === '' ? {} : { artifactLocation: toAbsolutePlace(location) }),
    })
    return { experiment_id: experimentId }
  },
})
