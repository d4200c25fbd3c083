import type { Reader } from '../auth/user.ts'
import type { ViewType } from '../experiment/experiment.ts'

export interface ExperimentSearch {
  /** Absent: everything is shown. */
  readonly reader?: Reader
  /** MLflow's filter language (spec/rest-api.md §4). Empty: everything. */
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly maxResults: number
  readonly pageToken?: string
}

export interface RunSearch {
  readonly experimentIds: readonly string[]
  /** MLflow's filter language (spec/rest-api.md §4). Empty: everything. */
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly maxResults: number
  readonly pageToken?: string
  readonly viewType: ViewType
}
