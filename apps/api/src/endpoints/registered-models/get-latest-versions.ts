import {
  GetLatestVersionsRequest,
  MODEL_STAGES,
  ModelVersionsResponse,
  parseModelStage,
  toModelVersionsWire,
  validateModelName,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getLatestVersions = endpoint({
  id: 'G7',
  method: ['GET', 'POST'],
  path: '/registered-models/get-latest-versions',
  access: { model: 'READ' },
  request: GetLatestVersionsRequest,
  response: ModelVersionsResponse,
  handle: async ({ name, stages }, { registry }) => {
    validateModelName(name)
    const wanted = stages.length === 0 ? MODEL_STAGES : stages.map(parseModelStage)
    return toModelVersionsWire(await registry.getLatestVersions(name, wanted))
  },
})
