import type { Generated } from 'kysely'
import type { ExperimentKey } from './experiment.ts'

/** One per (experiment, name, digest); the first writer's source, schema and profile stay. */
export interface DatasetTable {
  id: Generated<number>
  experiment_id: ExperimentKey
  name: string
  digest: string
  source_type: string
  source: string
  schema: string | null
  profile: string | null
}

/** `tags` is a JSON array of `{key, value}`; `context` the value of `mlflow.data.context` among them. `seq` keeps the order of arrival. */
export interface RunDatasetInputTable {
  run_id: number
  dataset_id: number
  seq: number
  tags: unknown
  context: string | null
}

/** A logged model that the run used. Model ids are not checked to exist. */
export interface RunModelInputTable {
  run_id: number
  model_id: string
  seq: number
}

/** A logged model that the run made, at a metric step. */
export interface RunModelOutputTable {
  run_id: number
  model_id: string
  step: number
  seq: number
}
