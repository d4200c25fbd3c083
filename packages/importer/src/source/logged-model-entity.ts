import type { ImportedLoggedModel, LoggedModelMetric, Tag } from '@tidemill/core'
import { distinct, toExperimentId, toLifecycleStage, toModelStatus, UnreadableError } from './entities.ts'
import { type Fields, findInteger, findText, textOf } from './fields.ts'

/** `fields` as the file store names them. Throws UnreadableError without an id. */
export const toLoggedModel = (
  fields: Fields,
  parts: {
    readonly params: readonly Tag[]
    readonly tags: readonly Tag[]
    readonly metrics: readonly LoggedModelMetric[]
  },
): ImportedLoggedModel => {
  const modelId = textOf(fields.model_id)
  if (!/^[\w-]{1,64}$/.test(modelId)) throw new UnreadableError(`'${modelId}' is no id of a logged model`)
  const statusMessage = findText(fields.status_message)
  const modelType = textOf(fields.model_type)
  const sourceRunId = textOf(fields.source_run_id)
  const creationTime = findInteger(fields.creation_timestamp) ?? 0
  return {
    modelId,
    experimentId: toExperimentId(fields.experiment_id),
    name: textOf(fields.name) || modelId,
    artifactUri: textOf(fields.artifact_location),
    status: toModelStatus(fields.status),
    ...(statusMessage === undefined ? {} : { statusMessage }),
    ...(modelType === '' ? {} : { modelType }),
    ...(sourceRunId === '' ? {} : { sourceRunId }),
    params: distinct(parts.params),
    tags: distinct(parts.tags),
    metrics: parts.metrics,
    lifecycleStage: toLifecycleStage(fields.lifecycle_stage),
    creationTime,
    lastUpdateTime: findInteger(fields.last_updated_timestamp) ?? creationTime,
  }
}
