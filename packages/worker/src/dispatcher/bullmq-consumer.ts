import { setTimeout as delay } from 'node:timers/promises'
import { ATTEMPT_QUEUE, type Logger, Ticket } from '@tidemill/core'
import type { Job, Worker } from 'bullmq'
import { createRedisClient } from './redis-client.ts'

/** Redis may be away when a worker stops: then the connections are cut instead of closed, in ms. */
const CLOSE_LIMIT_MS = 1_000
/** ms until a ticket that could not be handled is handed out again. */
const RETURN_DELAY_MS = 1_000
/** ms until a completion that failed is reported again. */
const REPORT_RETRY_MS = 1_000

export interface BullmqConsumerOptions {
  readonly redisUrl: string
  readonly prefix: string
  readonly concurrency: number
  readonly handle: (ticket: Ticket) => Promise<void>
  readonly logger: Logger
}

/** Takes tickets from the queue. Connects in the background, so a worker starts while Redis is away. */
export const startBullmqConsumer = async (options: BullmqConsumerOptions): Promise<AsyncDisposable> => {
  const { redisUrl, prefix, concurrency, logger } = options
  const inFlight = new Set<Promise<void>>()
  const [{ Worker: BullmqWorker }, client] = await Promise.all([import('bullmq'), createRedisClient(redisUrl, logger)])

  const process = async (job: Job<unknown>, token?: string): Promise<void> => {
    const handled = handleJob(job, token, options)
    inFlight.add(handled)
    try {
      await handled
    } finally {
      inFlight.delete(handled)
    }
  }
  const worker = new BullmqWorker<unknown>(ATTEMPT_QUEUE, process, {
    connection: client,
    prefix,
    concurrency,
    runRetryDelay: REPORT_RETRY_MS,
  })
  worker.on('error', (error) => {
    // Lost connections are logged by the client; what is left is a ticket that went away while it was handled.
    logger.debug({ err: error }, 'BullMQ reported an error')
  })

  let closing: Promise<void> | undefined
  return {
    [Symbol.asyncDispose]: () => {
      closing ??= close(worker, inFlight).finally(() => client.disconnect())
      return closing
    },
  }
}

const handleJob = async (
  job: Job<unknown>,
  token: string | undefined,
  { handle, logger }: BullmqConsumerOptions,
): Promise<void> => {
  const ticket = Ticket.safeParse(job.data)
  if (!ticket.success) {
    logger.warn({ jobId: job.id, issues: ticket.error.issues.slice(0, 5) }, 'A forged or broken ticket was dropped')
    return
  }
  try {
    await handle(ticket.data)
  } catch (error) {
    logger.warn({ ...ticket.data, err: error }, 'A ticket could not be handled and goes back to the queue')
    const { DelayedError } = await import('bullmq')
    await job.moveToDelayed(Date.now() + RETURN_DELAY_MS, token)
    // Tells BullMQ that the job has been moved already.
    throw new DelayedError()
  }
}

/** Takes no more tickets, waits for the handlers as long as they need, and for Redis only a moment. */
const close = async (worker: Worker<unknown>, inFlight: ReadonlySet<Promise<void>>): Promise<void> => {
  const closed = worker.close().then(() => true)
  let isClosed = false
  do {
    await Promise.allSettled(inFlight)
    isClosed = await Promise.race([closed, delay(CLOSE_LIMIT_MS, false, { ref: false })])
  } while (!isClosed && inFlight.size > 0)
  if (!isClosed) await worker.getBackend().close(true)
}
