import type { Clock, EngineStore, Logger } from '@tidemill/core'
import type { RunningAttempts } from '../attempt/running-attempts.ts'
import { withTimeLimit } from '../time-limit.ts'
import { createLoop } from './loop.ts'
import { createOutageLog } from './outage-log.ts'
import type { WakeableService } from './service.ts'

/** ms between two beats, when no lease asks for more. */
export const BEAT_INTERVAL_MS = 5_000
/** A lost beat or two do no harm. */
const BEATS_PER_LEASE = 6

/** ms between two beats that a lease of this length needs. */
export const beatIntervalMs = (leaseMs: number): number => leaseMs / BEATS_PER_LEASE

/**
 * Renews the leases of the running attempts and passes on what the answers say. An attempt whose beats stay away
 * stops itself (see RunningAttempt), so a hanging database is no danger here.
 */
export const createHeartbeat = (options: {
  readonly engine: EngineStore
  readonly workerId: string
  readonly running: RunningAttempts
  readonly clock: Clock
  readonly logger: Logger
}): WakeableService => {
  const { engine, workerId, running, clock, logger } = options
  const intervalMs = (): number =>
    Math.min(BEAT_INTERVAL_MS, ...running.list().map(({ leaseMs }) => beatIntervalMs(leaseMs)))

  return createLoop({
    run: async () => {
      const attempts = running.list()
      const sentAt = clock.now()
      const answers = await withTimeLimit(
        () =>
          engine.heartbeat(
            workerId,
            attempts.map(({ lease }) => lease),
          ),
        intervalMs() * 2,
        'The database did not answer a heartbeat in time',
      )
      for (const { attemptId, verdict } of answers) {
        const attempt = attempts.find(({ lease }) => lease.attemptId === attemptId)
        if (attempt === undefined) continue
        switch (verdict) {
          case 'continue':
            attempt.renew(sentAt)
            break
          case 'cancel':
            attempt.renew(sentAt)
            attempt.stop('cancelled')
            break
          case 'lost':
            attempt.stop('lease_lost')
            break
        }
      }
    },
    intervalMs,
    outage: createOutageLog(
      logger,
      { service: 'heartbeat', workerId },
      { failed: 'Heartbeats fail; leases run out if this goes on', ended: 'Heartbeats work again' },
    ),
  })
}
