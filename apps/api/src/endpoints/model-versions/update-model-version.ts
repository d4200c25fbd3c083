import {
  ModelVersionResponse,
  parseModelVersion,
  toModelVersionWire,
  UpdateModelVersionRequest,
  validateDescription,
  validateModelName,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** Replaces the description; an absent one is empty. */
export const updateModelVersion = endpoint({
  id: 'V2',
  method: 'PATCH',
  path: '/model-versions/update',
  access: { model: 'EDIT' },
  request: UpdateModelVersionRequest,
  response: ModelVersionResponse,
  handle: async ({ name, version, description }, { registry }) => {
    validateModelName(name)
    validateDescription(description)
    const updated = await registry.updateModelVersion(name, parseModelVersion(version), description)
    return { model_version: toModelVersionWire(updated) }
  },
})
