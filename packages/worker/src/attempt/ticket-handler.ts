import type { ClaimedAttempt, Ticket } from '@tidemill/core'
import { persist } from './persist.ts'
import { type AttemptContext, runAttempt } from './run-attempt.ts'
import type { RunningAttempts } from './running-attempts.ts'

export interface TicketHandlerOptions {
  readonly context: AttemptContext
  readonly workerId: string
  readonly running: RunningAttempts
  /** Called with each attempt that was claimed. */
  readonly onClaimed: (claimed: ClaimedAttempt) => void
  /** Aborted: no more claims. */
  readonly stopping: AbortSignal
}

/** After an outage of the store of this length the ticket goes back: another worker may reach the store, in ms. */
const CLAIM_LIMIT_MS = 2_000

/**
 * Claims the attempt that a ticket names and runs it to its end; a stale ticket does nothing. Rejects only when
 * nothing was claimed, because the store is away or this worker is stopping.
 */
export const createTicketHandler = (options: TicketHandlerOptions): ((ticket: Ticket) => Promise<void>) => {
  const { context, workerId, running, onClaimed, stopping } = options

  const claim = async (ticket: Ticket): Promise<{ claimed: ClaimedAttempt; claimedAt: number } | undefined> => {
    let claimedAt = 0
    const claimed = await persist(
      () => {
        // The lease counts from before the call: its answer may come late.
        claimedAt = context.clock.now()
        return context.engine.claimAttempt(ticket, workerId)
      },
      { signal: stopping, limitMs: CLAIM_LIMIT_MS },
    )
    return claimed === undefined ? undefined : { claimed, claimedAt }
  }

  return async (ticket) => {
    const work = await claim(ticket)
    if (work === undefined) return
    const attempt = running.add(work.claimed, work.claimedAt)
    onClaimed(work.claimed)
    try {
      await runAttempt(work.claimed, attempt, context)
    } finally {
      running.remove(attempt)
    }
  }
}
