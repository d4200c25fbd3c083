import type { Reader } from '../auth/user.ts'
import type { Tag } from '../run/run.ts'

export const MODEL_STAGES = ['None', 'Staging', 'Production', 'Archived'] as const
/** The stage of a model version. Active stages: Staging, Production. */
export type ModelStage = (typeof MODEL_STAGES)[number]

export interface ModelAlias {
  readonly alias: string
  readonly version: number
}

export interface ModelVersion {
  readonly name: string
  readonly version: number
  readonly stage: ModelStage
  readonly description: string
  /** As the client sent it. */
  readonly source: string
  /** Where the files are: `source`, or what a `models:/` source stood for when the version was made. */
  readonly storageLocation: string
  readonly runId: string
  readonly runLink: string
  readonly userId?: string
  readonly tags: readonly Tag[]
  /** Sorted. Empty in search results of MLflow; we fill it everywhere. */
  readonly aliases: readonly string[]
  /** ms since the epoch. */
  readonly creationTime: number
  readonly lastUpdateTime: number
}

export interface RegisteredModel {
  readonly name: string
  readonly description: string
  readonly tags: readonly Tag[]
  readonly aliases: readonly ModelAlias[]
  /** The highest version of each stage that has one, in the order of `MODEL_STAGES`. */
  readonly latestVersions: readonly ModelVersion[]
  /** ms since the epoch. */
  readonly creationTime: number
  readonly lastUpdateTime: number
}

export interface NewRegisteredModel {
  /** The user who gets MANAGE. */
  readonly creatorId?: number
  readonly name: string
  readonly description: string
  readonly tags: readonly Tag[]
}

export interface NewModelVersion {
  readonly name: string
  readonly source: string
  readonly runId: string
  readonly runLink: string
  readonly description: string
  readonly tags: readonly Tag[]
  /** Of the logged model that the version is made from. */
  readonly modelId?: string
}

/** One search over registered models or model versions, in MLflow's filter language (spec/rest-api.md §4.5). */
export interface RegistrySearch {
  /** Absent: everything is shown. */
  readonly reader?: Reader
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly maxResults: number
  readonly pageToken?: string
}
