import type { RunStatus } from '@tidemill/core'
import type { Generated, GeneratedAlways } from 'kysely'
import type { ExperimentKey } from './experiment.ts'

/** `id` is the key inside the database; `run_id` is MLflow's, 32 hex digits. */
export interface RunTable {
  id: Generated<number>
  run_id: string
  experiment_id: ExperimentKey
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
  experiment_id: ExperimentKey
  value: string
  /** The first 250 characters of the value, bytewise, for its index. */
  head: GeneratedAlways<string>
}

export interface RunTagTable {
  run_id: number
  key_id: number
  experiment_id: ExperimentKey
  value: string
  /** The first 250 characters of the value, bytewise, for its index. */
  head: GeneratedAlways<string>
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
  /** L1: distinct steps among the points. Null in chunks that are not packed. */
  step_count: number | null
  /** L1: the distance between neighbours of the distinct steps; 1 when there is one step, 0 when it varies. */
  step_stride: number | null
  /** L1: the points once more (`packPoints`), to be read in slices. */
  packed: Uint8Array | null
}

/** Summary per (run, key): the latest point by (step, timestamp, value), and the extremes. NaN is kept as NaN. */
export interface RunMetricTable {
  run_id: number
  key_id: number
  experiment_id: ExperimentKey
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
  experiment_id: ExperimentKey
}

/** Runs that were imported, with the digest of what the source had: a repeat leaves out those that are the same. */
export interface ImportedRunTable {
  run_id: number
  digest: string
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
