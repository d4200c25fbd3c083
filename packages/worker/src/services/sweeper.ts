import type { Dispatcher, EngineStore, Logger } from '@tidemill/core'
import { createLoop } from './loop.ts'
import { createOutageLog } from './outage-log.ts'
import type { Service } from './service.ts'

/** What an executor left behind: processes and containers of attempts that nobody holds any more. */
export interface LeftoverRemover {
  /** `findLive` answers which of these attempts are still held by a worker. Resolves with how many were removed. */
  removeLeftovers(findLive: (attemptIds: readonly string[]) => Promise<ReadonlySet<string>>): Promise<number>
}

export interface SweeperOptions {
  readonly engine: EngineStore
  readonly dispatcher: Dispatcher
  readonly leftovers: LeftoverRemover
  /** Whether this worker could have taken a ticket at any time of the last `ms`. */
  readonly hasBeenIdleFor: (ms: number) => boolean
  readonly logger: Logger
}

/** A command that starts a worker for a moment has nothing to mend. */
const FIRST_LOOK_MS = 1_000
const BACKOFF_INTERVAL_MS = 2_000
const LEASE_INTERVAL_MS = 5_000
const EPOCH_INTERVAL_MS = 1_000
const REDISPATCH_INTERVAL_MS = 30_000
const LEFTOVER_INTERVAL_MS = 30_000

/** A ticket that nobody took for this long although there was a free worker is lost. */
const LOST_TICKET_MS = 60_000
/** While all are busy a ticket may well wait: sending it again often would only fill the queue with stale ones. */
const LOST_TICKET_WHEN_BUSY_MS = 600_000

/** Mends what crashes, outages and lost messages leave behind. Any number of workers may sweep at once. */
export const createSweeper = (options: SweeperOptions): Service => {
  const { engine, dispatcher, leftovers, hasBeenIdleFor, logger } = options

  const task = (name: string, intervalMs: number, run: () => Promise<number>): Service =>
    createLoop({
      run: async () => {
        const count = await run()
        if (count > 0) logger.info({ service: 'sweeper', task: name, count }, 'Sweeper found something to mend')
      },
      intervalMs: () => intervalMs,
      firstAfterMs: FIRST_LOOK_MS,
      outage: createOutageLog(
        logger,
        { service: 'sweeper', task: name },
        { failed: 'A sweeper task fails; it is tried again', ended: 'The sweeper task works again' },
      ),
    })

  const tasks = [
    task('release_backoffs', BACKOFF_INTERVAL_MS, () => engine.releaseBackoffs()),
    task('expire_leases', LEASE_INTERVAL_MS, () => engine.expireLeases()),
    task('check_epoch', EPOCH_INTERVAL_MS, createEpochCheck(engine, dispatcher)),
    task('redispatch_queued', REDISPATCH_INTERVAL_MS, () =>
      engine.redispatchQueued(hasBeenIdleFor(REDISPATCH_INTERVAL_MS) ? LOST_TICKET_MS : LOST_TICKET_WHEN_BUSY_MS),
    ),
    task('remove_leftovers', LEFTOVER_INTERVAL_MS, () =>
      leftovers.removeLeftovers((attemptIds) => engine.findLiveAttempts(attemptIds)),
    ),
  ]

  return {
    start: () => tasks.forEach((each) => each.start()),
    stop: async () => {
      await Promise.all(tasks.map((each) => each.stop()))
    },
    runOnce: async () => {
      for (const each of tasks) await each.runOnce()
    },
  }
}

/**
 * Sends all QUEUED attempts again when the queue lost its content. The first look counts as a loss: what this
 * process cannot know, for example a memory queue that ended with the last process, costs some stale tickets at most.
 */
const createEpochCheck = (engine: EngineStore, dispatcher: Dispatcher): (() => Promise<number>) => {
  let known: string | undefined
  return async () => {
    const epoch = await dispatcher.epoch()
    if (epoch === known) return 0
    const count = await engine.redispatchQueued(0)
    known = epoch
    return count
  }
}
