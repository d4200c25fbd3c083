import {
  CreateModelVersionRequest,
  ModelVersionResponse,
  type NewModelVersion,
  toModelVersionWire,
  validateNewModelVersion,
} from '@tidemill/core'
import { needsOfSource } from '../../auth/needs-of-places.ts'
import { endpoint } from '../../http/endpoint.ts'

export const createModelVersion = endpoint({
  id: 'V1',
  method: 'POST',
  path: '/model-versions/create',
  access: { model: 'EDIT' },
  needs: ({ name, source, run_id: runId, model_id: modelId }, { repository }) => [
    { on: 'model', name, level: 'EDIT' },
    ...needsOfSource({ source, runId, modelId }, repository),
  ],
  request: CreateModelVersionRequest,
  response: ModelVersionResponse,
  maxBytes: 8 * 1024 * 1024,
  handle: async (request, { registry }) => {
    const version: NewModelVersion = {
      name: request.name,
      source: request.source,
      runId: request.run_id,
      runLink: request.run_link,
      description: request.description,
      tags: request.tags,
      ...(request.model_id === '' ? {} : { modelId: request.model_id }),
    }
    validateNewModelVersion(version)
    return { model_version: toModelVersionWire(await registry.createModelVersion(version)) }
  },
})
