import type { Dispatcher, EngineStore, Logger } from '@tidemill/core'
import { createLoop } from './loop.ts'
import { createOutageLog } from './outage-log.ts'
import type { WakeableService } from './service.ts'

const BATCH_SIZE = 100
/** Wakes may be lost, so the outbox is looked at this often anyway. */
const POLL_MS = 1_000
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 2_000

/** Carries tickets from the outbox to the dispatcher. Wake it after a commit that wrote to the outbox. */
export const createRelay = (options: {
  readonly engine: EngineStore
  readonly dispatcher: Dispatcher
  readonly logger: Logger
}): WakeableService => {
  const { engine, dispatcher, logger } = options
  return createLoop({
    run: async (signal) => {
      let sent = BATCH_SIZE
      while (sent === BATCH_SIZE && !signal.aborted) {
        sent = await engine.relayOutbox(BATCH_SIZE, (tickets) => dispatcher.send(tickets))
      }
    },
    intervalMs: () => POLL_MS,
    retryMs: (failures) => Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS),
    outage: createOutageLog(
      logger,
      { service: 'relay' },
      {
        failed: 'Tickets cannot be sent; they stay in the outbox and are tried again',
        ended: 'Tickets are sent again',
      },
    ),
  })
}
