import { randomUUID } from 'node:crypto'
import { ATTEMPT_QUEUE, type Logger, MAX_PRIORITY, type Ticket } from '@tidemill/core'
import { withTimeLimit } from '../time-limit.ts'
import { createRedisClient, waitUntilReady } from './redis-client.ts'

/** `queue.add` can wait for ever when Redis is away; the callers have something better to do. */
const CALL_LIMIT_MS = 2_000

export interface BullmqProducer extends AsyncDisposable {
  /** Rejects within 2 s when Redis does not take them. */
  send(tickets: readonly Ticket[]): Promise<void>
  /** Rejects within 2 s when Redis does not answer. */
  epoch(): Promise<string>
}

/** Adds tickets to the queue and keeps the mark of its content. Connects at the first call. */
export const createBullmqProducer = (options: {
  readonly redisUrl: string
  readonly prefix: string
  readonly logger: Logger
}): BullmqProducer => {
  const { prefix } = options
  let opening: ReturnType<typeof openQueue> | undefined

  const open = async (signal: AbortSignal): Promise<Awaited<ReturnType<typeof openQueue>>> => {
    const current = (opening ??= openQueue(options))
    const opened = await current
    await waitUntilReady(opened.client, signal)
    try {
      await opened.queue.waitUntilReady()
    } catch (error) {
      // BullMQ keeps a failed first contact for ever: the next call starts over.
      if (opening === current) opening = undefined
      opened.client.disconnect()
      throw error
    }
    // A call that has timed out must not send when Redis is back: its tickets are still in the outbox.
    signal.throwIfAborted()
    return opened
  }

  return {
    send: async (tickets) => {
      await withTimeLimit(
        async (signal) => {
          const { queue } = await open(signal)
          await queue.addBulk(tickets.map(toJob))
        },
        CALL_LIMIT_MS,
        `Redis did not take ${tickets.length} tickets within ${CALL_LIMIT_MS / 1_000} s`,
      )
    },
    epoch: () =>
      withTimeLimit(
        async (signal) => {
          const { client } = await open(signal)
          const key = `${prefix}:epoch`
          const known = await client.get(key)
          if (known !== null) return known
          await client.set(key, randomUUID(), 'NX')
          const epoch = await client.get(key)
          if (epoch === null) throw new Error('Redis lost its content between two commands')
          return epoch
        },
        CALL_LIMIT_MS,
        `Redis did not answer within ${CALL_LIMIT_MS / 1_000} s`,
      ),
    [Symbol.asyncDispose]: async () => {
      const opened = await opening
      opened?.client.disconnect()
      await opened?.queue.close()
    },
  }
}

const openQueue = async ({ redisUrl, prefix, logger }: Parameters<typeof createBullmqProducer>[0]) => {
  const [{ Queue }, client] = await Promise.all([import('bullmq'), createRedisClient(redisUrl, logger)])
  const queue = new Queue<Ticket>(ATTEMPT_QUEUE, { connection: client, prefix })
  // The client's own listener logs; without one here an error would end the process.
  queue.on('error', () => undefined)
  return { client, queue }
}

/** A ticket is sent once by BullMQ's count: retries and their times are the engine's. */
const toJob = (ticket: Ticket) => ({
  name: 'attempt',
  data: ticket,
  opts: {
    jobId: `a-${ticket.attemptId}-${ticket.dispatchSeq}`,
    // BullMQ takes the lowest number first, and jobs without one before all others: every ticket has one.
    priority: 1 + MAX_PRIORITY - (ticket.priority ?? 0),
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: true,
  },
})
