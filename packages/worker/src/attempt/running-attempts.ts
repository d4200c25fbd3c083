import type { ClaimedAttempt, Clock, Lease, Logger, StepHandle } from '@tidemill/core'

/**
 * Why an attempt is stopped from here: somebody asked for it, another worker may start it (nothing may be written
 * any more), or this worker is shutting down.
 */
export type StopCause = 'cancelled' | 'lease_lost' | 'worker_stopped'

export interface RunningAttempt {
  readonly lease: Lease
  readonly leaseMs: number
  /** The first cause, except that a lost lease replaces any other. */
  readonly stopCause: StopCause | undefined
  /** Aborted when the lease is lost: nothing more can be written. */
  readonly lost: AbortSignal
  /** A beat that was sent at `sentAt` (the clock's ms) has been confirmed. */
  renew(sentAt: number): void
  stop(cause: StopCause): void
  /** From here on `stop` cancels the handle. */
  attach(handle: StepHandle): void
}

/** The attempts that this worker holds a lease on. */
export interface RunningAttempts {
  list(): readonly RunningAttempt[]
  /** `claimedAt`: the clock's ms before the claim was sent. */
  add(claimed: ClaimedAttempt, claimedAt: number): RunningAttempt
  /** Ends the renewal of the lease. */
  remove(attempt: RunningAttempt): void
  /** Stops them as `worker_stopped`, and also each one that is added later. */
  stopAll(): void
}

/**
 * Part of the lease after which an attempt without a confirmed beat is killed: the rest is for the killing, before
 * anybody else may start it.
 */
const SAFE_PART_OF_LEASE = 0.7

export const createRunningAttempts = (clock: Clock, logger: Logger): RunningAttempts => {
  const attempts = new Map<RunningAttempt, Disposable>()
  let isStopping = false
  return {
    list: () => [...attempts.keys()],
    add: (claimed, claimedAt) => {
      const { attempt, watch } = watchAttempt(claimed, clock, logger)
      attempt.renew(claimedAt)
      attempts.set(attempt, watch)
      if (isStopping) attempt.stop('worker_stopped')
      return attempt
    },
    remove: (attempt) => {
      attempts.get(attempt)?.[Symbol.dispose]()
      attempts.delete(attempt)
    },
    stopAll: () => {
      isStopping = true
      for (const attempt of attempts.keys()) attempt.stop('worker_stopped')
    },
  }
}

const watchAttempt = (
  { lease, leaseMs }: ClaimedAttempt,
  clock: Clock,
  logger: Logger,
): { readonly attempt: RunningAttempt; readonly watch: Disposable } => {
  const lost = new AbortController()
  let stopCause: StopCause | undefined
  let handle: StepHandle | undefined
  let timer: NodeJS.Timeout | undefined
  let isWatched = true

  const cancelHandle = (): void => {
    if (handle === undefined || stopCause === undefined) return
    handle.cancel(stopCause === 'cancelled' ? 'cancelled' : 'lease_lost').catch((error: unknown) => {
      logger.error({ attemptId: lease.attemptId, stopCause, err: error }, 'Attempt could not be stopped')
    })
  }
  const stop = (cause: StopCause): void => {
    if (stopCause === 'lease_lost' || (stopCause !== undefined && cause !== 'lease_lost')) return
    const isFirst = stopCause === undefined
    stopCause = cause
    logger.info({ attemptId: lease.attemptId, stopCause }, 'Attempt is stopped')
    if (cause === 'lease_lost') lost.abort(new LeaseLostError(lease.attemptId))
    if (isFirst) cancelHandle()
  }

  const attempt: RunningAttempt = {
    lease,
    leaseMs,
    lost: lost.signal,
    get stopCause() {
      return stopCause
    },
    renew: (sentAt) => {
      clearTimeout(timer)
      if (!isWatched) return
      timer = setTimeout(() => stop('lease_lost'), sentAt + leaseMs * SAFE_PART_OF_LEASE - clock.now())
    },
    stop,
    attach: (started) => {
      handle = started
      cancelHandle()
    },
  }
  const watch = {
    [Symbol.dispose]: () => {
      isWatched = false
      clearTimeout(timer)
    },
  }
  return { attempt, watch }
}

/** Another worker may start the attempt: this one must not write to it any more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError'

  constructor(attemptId: string) {
    super(`The lease of attempt '${attemptId}' is lost`)
  }
}
