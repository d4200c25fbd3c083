/** What is to be purged. With ids only those, else everything that is deleted for long enough. */
export interface PurgeSelection {
  /** ms that must have passed since the deletion, by the database's clock. @default 0 */
  readonly olderThanMs?: number
  readonly runIds?: readonly string[]
  readonly experimentIds?: readonly string[]
  readonly loggedModelIds?: readonly string[]
}

export interface PurgeReport {
  purged(kind: 'run' | 'logged model' | 'experiment', id: string): void
  /** Stays, though it was deleted, because something still needs it. */
  kept(kind: 'run' | 'experiment', id: string, reason: string): void
}

/**
 * Deletes the artifacts of a run or logged model; absent is fine. What it throws stops the purge, whose next call goes
 * on where it stopped.
 */
export type DeleteArtifacts = (artifactUri: string, id: string) => Promise<void>

/** Rows of one transaction. */
export const BATCH_SIZE = 100
