import type { Generated } from 'kysely'

export interface ExperimentTable {
  experiment_id: Generated<number>
  name: string
  artifact_location: string
  lifecycle_stage: 'active' | 'deleted'
  creation_time: number
  last_update_time: number
}

export interface ExperimentTagTable {
  experiment_id: number
  key: string
  value: string
}
