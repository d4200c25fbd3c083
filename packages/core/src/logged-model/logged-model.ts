import type { Metric, Param, Tag } from '../run/run.ts'

export const LOGGED_MODEL_STATUSES = ['PENDING', 'READY', 'UPLOAD_FAILED'] as const
/** On the wire with the prefix `LOGGED_MODEL_`. */
export type LoggedModelStatus = (typeof LOGGED_MODEL_STATUSES)[number]

/** A point of a metric of a logged model: which run logged it, on which dataset. */
export interface LoggedModelMetric extends Metric {
  readonly runId: string
}

/** A model of MLflow 3, made by a run or by itself. */
export interface LoggedModel {
  /** `m-` and 32 hex digits. */
  readonly modelId: string
  readonly experimentId: string
  readonly name: string
  readonly artifactUri: string
  readonly status: LoggedModelStatus
  readonly statusMessage?: string
  readonly modelType?: string
  readonly sourceRunId?: string
  readonly params: readonly Param[]
  readonly tags: readonly Tag[]
  /** Every point that was logged with this model's id. */
  readonly metrics: readonly LoggedModelMetric[]
  /** ms since the epoch. */
  readonly creationTime: number
  readonly lastUpdateTime: number
}

export interface NewLoggedModel {
  readonly experimentId: string
  /** Absent: generated as run names are. */
  readonly name?: string
  readonly modelType?: string
  readonly sourceRunId?: string
  readonly params: readonly Param[]
  readonly tags: readonly Tag[]
}

/** Datasets that metrics were measured on: those of the name, of the digest, or of both. */
export interface DatasetFilter {
  readonly name?: string
  readonly digest?: string
}

export interface LoggedModelOrder {
  readonly fieldName: string
  readonly ascending: boolean
  readonly dataset?: DatasetFilter
}

export interface LoggedModelSearch {
  readonly experimentIds: readonly string[]
  /** The language of spec/rest-api.md §4.6, which differs from that of runs. */
  readonly filter: string
  readonly datasets: readonly DatasetFilter[]
  readonly orderBy: readonly LoggedModelOrder[]
  readonly maxResults: number
  readonly pageToken?: string
}
