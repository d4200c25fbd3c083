import type { Contender, ContenderName } from '../contenders/contender.ts'
import type { LoadResult, Script } from '../load/job.ts'

/** How far a work may be scaled down: a full run's, or that of a machine that only looks for errors. */
export interface Scale {
  readonly searchRuns: number
  readonly listRuns: number
  readonly historyPoints: number
  readonly modelVersions: number
  readonly artifactMiB: number
}

export const FULL: Scale = {
  searchRuns: 100_000,
  listRuns: 10_000,
  historyPoints: 1_000_000,
  modelVersions: 5_000,
  artifactMiB: 100,
}

export const QUICK: Scale = {
  searchRuns: 1_000,
  listRuns: 1_000,
  historyPoints: 20_000,
  modelVersions: 100,
  artifactMiB: 20,
}

/** What one round sends, and how to see afterwards that all of it is there. */
export interface Round {
  readonly scripts: readonly Script[]
  /** Throws when what the load acknowledged is not what is stored. */
  check(acknowledged: Pick<LoadResult, 'rounds' | 'captured'>): Promise<void>
}

/** Ratio, peer's CPU per call to ours, that `spec/performance.md` §6.1 asks for. */
export type Goals = Partial<Record<ContenderName, number>>

export interface Work {
  readonly name: string
  readonly title: string
  readonly connections: number
  readonly contenders: readonly ContenderName[]
  readonly goals: Goals
  /** Goals that name no peer. */
  readonly limits?: { readonly p50Ms?: number; readonly p95Ms?: number }
  /** For calls so heavy that a fixed time would measure one of them or thousands. */
  readonly maxCalls?: number
  /** Whether half the closed loop's rate is offered afterwards, too. */
  readonly hasOpenLoop: boolean
  /** Seeds the contender's store once; answers what makes each round. */
  prepare(contender: Contender, scale: Scale): Promise<() => Promise<Round>>
}

/** The first number in a load's bodies: seven digits up to the last. */
export const FIRST_COUNTER = 1_000_001

export const ON_POSTGRES: readonly ContenderName[] = ['mlflow', 'fasttrackml', 'tidemill']
export const EVERYWHERE: readonly ContenderName[] = [...ON_POSTGRES, 'mlflow-sqlite', 'tidemill-embedded']
