import type { Tag } from '../run/run.ts'

export type LifecycleStage = 'active' | 'deleted'

/** Which lifecycle stages a search returns. */
export type ViewType = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'

export interface Experiment {
  /** Decimal text; `"0"` is the experiment named Default that always exists. */
  readonly experimentId: string
  readonly name: string
  readonly artifactLocation: string
  readonly lifecycleStage: LifecycleStage
  /** ms since the epoch. */
  readonly creationTime: number
  /** ms since the epoch. */
  readonly lastUpdateTime: number
  readonly tags: readonly Tag[]
}

export interface NewExperiment {
  /** The user who gets MANAGE. */
  readonly creatorId?: number
  readonly name: string
  /** Absent: `<default artifact root>/<experiment id>`. */
  readonly artifactLocation?: string
  readonly tags?: readonly Tag[]
}
