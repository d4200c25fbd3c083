import {
  AliasReference,
  ModelVersionResponse,
  toModelVersionWire,
  validateAlias,
  validateModelName,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getVersionByAlias = endpoint({
  id: 'G12',
  method: 'GET',
  path: '/registered-models/alias',
  access: { model: 'READ' },
  request: AliasReference,
  response: ModelVersionResponse,
  handle: async ({ name, alias }, { registry }) => {
    validateModelName(name)
    validateAlias(alias)
    return { model_version: toModelVersionWire(await registry.getVersionByAlias(name, alias)) }
  },
})
