import {
  ModelVersionResponse,
  parseModelVersion,
  parseTransition,
  toModelVersionWire,
  TransitionStageRequest,
  validateModelName,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const transitionStage = endpoint({
  id: 'V3',
  method: 'POST',
  path: '/model-versions/transition-stage',
  access: { model: 'EDIT' },
  request: TransitionStageRequest,
  response: ModelVersionResponse,
  handle: async ({ name, version, stage: text, archive_existing_versions: archiveExisting }, { registry }) => {
    const stage = parseTransition(text, archiveExisting)
    validateModelName(name)
    const moved = await registry.transitionStage(name, parseModelVersion(version), stage, { archiveExisting })
    return { model_version: toModelVersionWire(moved) }
  },
})
