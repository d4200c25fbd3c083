import type { LifecycleStage } from '../experiment/experiment.ts'

export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const
/** MLflow's run status. Terminal: FINISHED, FAILED, KILLED. */
export type RunStatus = (typeof RUN_STATUSES)[number]

/** The run tag that always equals the run's name. */
export const RUN_NAME_TAG = 'mlflow.runName'

export interface Tag {
  readonly key: string
  readonly value: string
}

export interface Param {
  readonly key: string
  readonly value: string
}

/** One point of a metric. `value` may be NaN; infinities are stored clamped to the largest double. */
export interface Metric {
  readonly key: string
  readonly value: number
  /** ms since the epoch. */
  readonly timestamp: number
  /** The metric step, any 64-bit integer within ±2^53. */
  readonly step: number
}

export interface RunInfo {
  /** 32 lower-case hex digits. */
  readonly runId: string
  readonly runName: string
  readonly experimentId: string
  readonly userId: string
  readonly status: RunStatus
  /** ms since the epoch. */
  readonly startTime: number
  /** ms since the epoch; absent while the run has not ended. */
  readonly endTime?: number
  readonly artifactUri: string
  readonly lifecycleStage: LifecycleStage
}

export interface Run {
  readonly info: RunInfo
  /** The latest point per key: greatest (step, timestamp, value). */
  readonly metrics: readonly Metric[]
  readonly params: readonly Param[]
  readonly tags: readonly Tag[]
}

export interface NewRun {
  readonly experimentId: string
  readonly userId?: string
  /** Absent: the tag `mlflow.runName`, else a generated `adjective-noun-number`. */
  readonly runName?: string
  /** ms since the epoch. Absent: the store's clock. */
  readonly startTime?: number
  readonly tags?: readonly Tag[]
}

export interface RunUpdate {
  readonly status?: RunStatus
  readonly endTime?: number
  readonly runName?: string
}

/** What one log-batch call writes; the store applies it whole or not at all. */
export interface RunBatch {
  readonly metrics: readonly Metric[]
  readonly params: readonly Param[]
  readonly tags: readonly Tag[]
}
