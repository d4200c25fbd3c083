import type { ImportOutcome } from '@tidemill/core'

export type Entity = 'experiments' | 'runs' | 'logged models' | 'registered models'

export type Tally = { [Outcome in ImportOutcome | 'skipped']: number }

export interface ProgressState {
  readonly phase: 'importing' | 'verifying'
  readonly tallies: Readonly<Record<Entity, Tally>>
  /** Runs of the source, where it says so before they are read. */
  readonly totalRuns: number | undefined
  /** Runs that are done in this phase. */
  readonly doneRuns: number
  /** Written, not those that were there. */
  readonly points: number
  readonly files: { readonly copied: number; readonly unchanged: number; readonly bytes: number }
}

/** Counts what is done and tells a listener. */
export interface Progress {
  readonly state: ProgressState
  start(phase: ProgressState['phase'], totalRuns: number | undefined): void
  count(entity: Entity, outcome: keyof Tally): void
  countPoints(points: number): void
  countFile(isCopied: boolean, bytes: number): void
  verifiedRuns(runs: number): void
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

export const createProgress = (listener: (state: ProgressState) => void): Progress => {
  const emptyTally = (): Tally => ({ created: 0, updated: 0, unchanged: 0, skipped: 0 })
  const tallies: Record<Entity, Tally> = {
    experiments: emptyTally(),
    runs: emptyTally(),
    'logged models': emptyTally(),
    'registered models': emptyTally(),
  }
  const files = { copied: 0, unchanged: 0, bytes: 0 }
  const state: Mutable<ProgressState> = {
    phase: 'importing',
    tallies,
    totalRuns: undefined,
    doneRuns: 0,
    points: 0,
    files,
  }
  return {
    state,
    start: (phase, totalRuns) => {
      Object.assign(state, { phase, totalRuns, doneRuns: 0 })
      listener(state)
    },
    count: (entity, outcome) => {
      tallies[entity][outcome]++
      if (entity === 'runs') state.doneRuns++
      listener(state)
    },
    countPoints: (points) => {
      state.points += points
      listener(state)
    },
    countFile: (isCopied, bytes) => {
      if (isCopied) {
        files.copied++
        files.bytes += bytes
      } else files.unchanged++
      listener(state)
    },
    verifiedRuns: (runs) => {
      state.doneRuns += runs
      listener(state)
    },
  }
}
