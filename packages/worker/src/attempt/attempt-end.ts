import { type AttemptEnd, DomainError } from '@tidemill/core'
import type { StopCause } from './running-attempts.ts'

const MAX_REASON_LENGTH = 4_000

/** The end of an attempt that failed before anything was launched. */
export const toFailedEnd = (error: unknown, attemptId: string): AttemptEnd =>
  error instanceof DomainError && error.code !== 'TEMPORARILY_UNAVAILABLE'
    ? { kind: 'rejected', code: 'parameters', reason: error.message }
    : {
        kind: 'infra_failed',
        code: 'internal',
        reason: `the worker could not run the attempt; its log says why, under attempt id '${attemptId}'`,
      }

/** The end of an attempt that was stopped before its executor had started. */
export const toStoppedEnd = (cause: StopCause): AttemptEnd =>
  cause === 'cancelled' ? { kind: 'cancelled', code: 'cancelled', reason: 'cancelled' } : WORKER_STOPPED

/**
 * The executor's verdict, except where a shutdown of this worker is what ended the step: that is no fault of the
 * step, so it is taken over elsewhere.
 */
export const toFinalEnd = (end: AttemptEnd, cause: StopCause | undefined): AttemptEnd =>
  cause === 'worker_stopped' && (end.kind === 'cancelled' || end.code === 'lost_worker') ? WORKER_STOPPED : end

/** What leaves the worker: masked and of bounded length. */
export const toStoredEnd = (end: AttemptEnd, mask: (text: string) => string): AttemptEnd =>
  end.reason === undefined ? end : { ...end, reason: mask(end.reason).slice(0, MAX_REASON_LENGTH) }

const WORKER_STOPPED: AttemptEnd = {
  kind: 'infra_failed',
  code: 'lost_worker',
  reason: 'the worker was stopped before the step ended',
}
