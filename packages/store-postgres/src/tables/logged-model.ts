import type { Generated, GeneratedAlways } from 'kysely'
import type { ExperimentKey } from './experiment.ts'

export interface LoggedModelTable {
  id: Generated<number>
  /** `m-` and 32 hex digits. */
  model_id: string
  experiment_id: ExperimentKey
  name: string
  artifact_uri: string
  status: 'PENDING' | 'READY' | 'UPLOAD_FAILED'
  status_message: string | null
  model_type: string | null
  source_run_id: string | null
  lifecycle_stage: 'active' | 'deleted'
  creation_time: number
  last_update_time: number
}

export interface LoggedModelParamTable {
  model_id: number
  key: string
  value: string
}

export interface LoggedModelTagTable {
  model_id: number
  key: string
  value: string
}

/** A metric point that was logged with a model id. */
export interface LoggedModelMetricTable {
  model_id: number
  run_id: string
  key_id: number
  step: number
  timestamp: number
  value: number
  dataset_name: string | null
  dataset_digest: string | null
  /** The order of arrival. */
  seq: GeneratedAlways<number>
}
