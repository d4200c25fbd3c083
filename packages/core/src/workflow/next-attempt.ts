import type { RetryPolicy } from '../project/project.ts'
import { infrastructureDelayMs, retryDelayMs } from './backoff.ts'
import { type AttemptEnd, INFRASTRUCTURE_BUDGET } from './attempt.ts'
import type { AttemptState } from './states.ts'

/** How an attempt ended: as its worker said, or `lost` when the worker fell silent. */
export type EndKind = AttemptEnd['kind'] | 'lost'

/** What the attempts of a cell have used up in this round, the one that just ended not counted. */
export interface CellBudget {
  readonly retry: RetryPolicy
  readonly userAttempts: number
  readonly infrastructureAttempts: number
  /** The workflow run is being cancelled: nothing starts again. */
  readonly isCancelling: boolean
}

export interface CellVerdict {
  /** `retry`: another attempt after `delayMs`, 0 for at once. */
  readonly next:
    | { readonly kind: 'ended'; readonly state: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED' }
    | { readonly kind: 'retry'; readonly delayMs: number }
  readonly userAttempts: number
  readonly infrastructureAttempts: number
}

/** Decides what an attempt's end means for its cell: the end of the cell, or another attempt and when. */
export const judgeEnd = (end: { readonly kind: EndKind; readonly code?: string }, budget: CellBudget): CellVerdict => {
  const spent = spend(end.kind, budget)
  return {
    ...spent,
    next: retryAfter(end, { ...budget, ...spent }) ?? { kind: 'ended', state: cellStateOf(end.kind, budget) },
  }
}

/** The state in which an attempt ends. */
export const attemptStateOf = (kind: EndKind): AttemptState => ATTEMPT_STATE_OF[kind]

const ATTEMPT_STATE_OF = {
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  rejected: 'FAILED',
  infra_failed: 'INFRA_FAILED',
  timed_out: 'TIMED_OUT',
  cancelled: 'CANCELLED',
  lost: 'LOST',
} as const satisfies Record<EndKind, AttemptState>

const spend = (kind: EndKind, { userAttempts, infrastructureAttempts }: CellBudget) => ({
  userAttempts: userAttempts + (kind === 'failed' || kind === 'timed_out' ? 1 : 0),
  infrastructureAttempts: infrastructureAttempts + (kind === 'infra_failed' || kind === 'lost' ? 1 : 0),
})

/** `budget` with the attempt that ended counted. */
const retryAfter = (
  end: { readonly kind: EndKind; readonly code?: string },
  { retry, userAttempts, infrastructureAttempts, isCancelling }: CellBudget,
): CellVerdict['next'] | undefined => {
  if (isCancelling) return undefined
  switch (end.kind) {
    case 'failed':
    case 'timed_out':
      return userAttempts < retry.attempts ? { kind: 'retry', delayMs: retryDelayMs(retry, userAttempts) } : undefined
    case 'infra_failed':
    case 'lost': {
      if (infrastructureAttempts > INFRASTRUCTURE_BUDGET) return undefined
      // A worker that went away says nothing about the next one.
      const isWorkerGone = end.kind === 'lost' || end.code === 'lost_worker'
      return { kind: 'retry', delayMs: isWorkerGone ? 0 : infrastructureDelayMs(infrastructureAttempts) }
    }
    case 'succeeded':
    case 'rejected':
    case 'cancelled':
      return undefined
  }
}

const cellStateOf = (
  kind: EndKind,
  { isCancelling }: CellBudget,
): 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED' => {
  switch (kind) {
    case 'succeeded':
      return 'SUCCEEDED'
    case 'timed_out':
      return 'TIMED_OUT'
    case 'cancelled':
      return 'CANCELLED'
    case 'infra_failed':
    case 'lost':
      return isCancelling ? 'CANCELLED' : 'FAILED'
    case 'failed':
    case 'rejected':
      return 'FAILED'
  }
}
