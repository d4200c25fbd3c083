import {
  ModelVersionReference,
  ModelVersionResponse,
  parseModelVersion,
  toModelVersionWire,
  validateModelName,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getModelVersion = endpoint({
  id: 'V5',
  method: 'GET',
  path: '/model-versions/get',
  access: { model: 'READ' },
  request: ModelVersionReference,
  response: ModelVersionResponse,
  handle: async ({ name, version }, { registry }) => {
    validateModelName(name)
    return { model_version: toModelVersionWire(await registry.getModelVersion(name, parseModelVersion(version))) }
  },
})
