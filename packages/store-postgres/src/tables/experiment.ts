import type { Generated } from 'kysely'

/** An experiment's id: a number, and text where it is beyond 2^53, as MLflow's file store draws them. */
export type ExperimentKey = number | string

export interface ExperimentTable {
  experiment_id: Generated<ExperimentKey>
  name: string
  artifact_location: string
  lifecycle_stage: 'active' | 'deleted'
  creation_time: number
  last_update_time: number
}

export interface ExperimentTagTable {
  experiment_id: ExperimentKey
  key: string
  value: string
}
