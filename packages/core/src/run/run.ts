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
  /** The logged model that it was measured with: the point is kept for the model too. */
  readonly modelId?: string
  /** The dataset that it was measured on; both or neither. Kept only with a model. */
  readonly datasetName?: string
  readonly datasetDigest?: string
}

/** `source`, `schema` and `profile` are opaque JSON text of the client. */
export interface Dataset {
  readonly name: string
  readonly digest: string
  readonly sourceType: string
  readonly source: string
  readonly schema?: string
  readonly profile?: string
}

/** A dataset that a run used; its context is the tag `mlflow.data.context`. */
export interface DatasetInput {
  readonly dataset: Dataset
  readonly tags: readonly Tag[]
}

export interface RunInputs {
  readonly datasets: readonly DatasetInput[]
  /** Ids of logged models that the run used. */
  readonly modelIds: readonly string[]
}

/** A logged model that a run made. */
export interface ModelOutput {
  readonly modelId: string
  readonly step: number
}

/** A dataset of an experiment with one of the contexts that runs used it in. */
export interface DatasetSummary {
  readonly experimentId: string
  readonly name: string
  readonly digest: string
  readonly context?: string
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
  readonly inputs: RunInputs
  readonly modelOutputs: readonly ModelOutput[]
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
