import type { Dispatcher, Logger } from '@tidemill/core'
import { startBullmqConsumer } from './bullmq-consumer.ts'
import { createBullmqProducer } from './bullmq-producer.ts'

export interface BullmqDispatcherOptions {
  /** `redis://…` or `rediss://…`, with the password if there is one. */
  readonly redisUrl: string
  /** Beginning of every key in Redis. @default 'tidemill' */
  readonly prefix?: string
  /** @default nothing is logged */
  readonly logger?: Logger
}

const SILENT: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Carries tickets over a BullMQ queue, between any number of processes. Redis may come, go and forget. */
export const createBullmqDispatcher = (options: BullmqDispatcherOptions): Dispatcher => {
  const shared = { redisUrl: options.redisUrl, prefix: options.prefix ?? 'tidemill', logger: options.logger ?? SILENT }
  const producer = createBullmqProducer(shared)
  const consumers = new Set<AsyncDisposable>()
  return {
    send: (tickets) => producer.send(tickets),
    epoch: () => producer.epoch(),
    consume: async ({ concurrency, handle }) => {
      const consumer = await startBullmqConsumer({ ...shared, concurrency, handle })
      consumers.add(consumer)
      return consumer
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...consumers].map((consumer) => consumer[Symbol.asyncDispose]()))
      await producer[Symbol.asyncDispose]()
    },
  }
}
