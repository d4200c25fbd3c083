import type { RunStatus } from '@tidemill/core'
import type { Generated } from 'kysely'

/** `id` is the key inside the database; `run_id` is MLflow's, 32 hex digits. */
export interface RunTable {
  id: Generated<number>
  run_id: string
  experiment_id: number
  name: string
  user_id: string
  status: RunStatus
  lifecycle_stage: 'active' | 'deleted'
  start_time: number
  end_time: number | null
  deleted_time: number | null
  artifact_uri: string
  /** Highest `metric_chunk.id` whose points are in `run_metric`. Within a run, ids rise in the order of commits. */
  settled_chunk: Generated<number>
}

/** Dictionary of metric, param and tag keys: 4 bytes in every row and index instead of up to 250. */
export interface EntityKeyTable {
  id: Generated<number>
  key: string
}

export interface RunParamTable {
  run_id: number
  key_id: number
  experiment_id: number
  value: string
}

export interface RunTagTable {
  run_id: number
  key_id: number
  experiment_id: number
  value: string
}

/**
 * Metric points. L0: one row per (flush, run), `key_id` null, points of any keys in arrival order. L1: one row per
 * (run, key, seq), points sorted by step, timestamp, value. The header columns cover the points of the row.
 * An identical (key, timestamp, step, value) is one point: duplicates are dropped when reading.
 */
export interface MetricChunkTable {
  id: Generated<number>
  run_id: number
  key_id: number | null
  seq: number | null
  n: number
  min_step: number
  max_step: number
  min_timestamp: number
  max_timestamp: number
  key_ids: number[]
  steps: number[]
  timestamps: number[]
  vals: number[]
}

/** Summary per (run, key): the latest point by (step, timestamp, value), and the extremes. NaN is kept as NaN. */
export interface RunMetricTable {
  run_id: number
  key_id: number
  experiment_id: number
  value: number
  timestamp: number
  step: number
  min_value: number
  max_value: number
}

/**
 * Runs whose data changed since their document was made, and whose `run_metric` may lack the points of chunks above
 * `run.settled_chunk`. Every writer of a run's data holds the run's row lock and adds the run here.
 */
export interface RunUnsettledTable {
  run_id: number
  experiment_id: number
}

/**
 * The data of a settled run as wire JSON text (`toRunDataJson` and its neighbours in core): a page of runs is put
 * together from these. Not valid while the run is in `run_unsettled`.
 */
export interface RunDocumentTable {
  run_id: number
  /** The value of `data`. */
  data: string
  /** The value of `inputs`; null for `{}`. */
  inputs: string | null
  /** The value of `outputs`; null when there are none. */
  outputs: string | null
}
