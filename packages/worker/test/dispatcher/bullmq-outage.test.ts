import { ATTEMPT_QUEUE, type Logger, type Ticket } from '@tidemill/core'
import { freePort, startRedisServer, waitFor } from '@tidemill/testkit'
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createBullmqDispatcher } from '../../src/index.ts'

const { redis } = inject('services')
const canStartRedis = (await startRedisServer().then((server) => server?.stop().then(() => true))) === true

const recordingLogger = () => {
  const warnings: string[] = []
  const ignore = (): void => undefined
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (_fields, message) => warnings.push(message),
  }
  return { logger, warnings }
}

const startServer = async (port: number) => {
  const server = await startRedisServer(port)
  if (server === undefined) throw new Error('redis-server is gone')
  onTestFinished(() => server.stop())
  return server
}

describe.skipIf(!canStartRedis)('BullMQ over a Redis that comes and goes', () => {
  test('send and epoch reject within 2.5 s while Redis is away, and work when it is back', async () => {
    const port = await freePort()
    const { logger, warnings } = recordingLogger()
    await using dispatcher = createBullmqDispatcher({ redisUrl: `redis://127.0.0.1:${port}`, logger })
    const received: Ticket[] = []
    await dispatcher.consume({ concurrency: 2, handle: async (ticket) => void received.push(ticket) })

    const before = performance.now()
    await expect(dispatcher.send([{ attemptId: 'refused', dispatchSeq: 0 }])).rejects.toThrow('within 2 s')
    expect(performance.now() - before).toBeLessThan(2_500)
    await expect(dispatcher.epoch()).rejects.toThrow('within 2 s')

    await startServer(port)
    await waitFor('a send that works', () =>
      dispatcher.send([{ attemptId: 'accepted', dispatchSeq: 0 }]).then(
        () => true,
        () => false,
      ),
    )
    await waitFor('the ticket', () => received.length > 0)
    expect(received).toEqual([{ attemptId: 'accepted', dispatchSeq: 0 }])
    // One client per producer and consumer, each says once that Redis is away.
    expect(warnings).toHaveLength(2)
  })

  test('a consumer goes on after Redis was killed and came back empty', async () => {
    const port = await freePort()
    const first = await startServer(port)
    await using dispatcher = createBullmqDispatcher({ redisUrl: `redis://127.0.0.1:${port}` })
    const received: string[] = []
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    await dispatcher.consume({
      concurrency: 2,
      handle: async ({ attemptId }) => {
        received.push(attemptId)
        if (attemptId === 'held') await held
      },
    })
    await dispatcher.send([{ attemptId: 'held', dispatchSeq: 0 }])
    await waitFor('the first ticket', () => received.length === 1)
    const epoch = await dispatcher.epoch()

    await first.stop()
    await startServer(port)
    letGo()
    await waitFor('a send that works', () =>
      dispatcher.send([{ attemptId: 'after', dispatchSeq: 0 }]).then(
        () => true,
        () => false,
      ),
    )
    await waitFor('the second ticket', () => received.includes('after'))
    expect(await dispatcher.epoch()).not.toBe(epoch)
  })

  test('disposal ends within 3 s while Redis is away, with a handler that has just ended', async () => {
    const port = await freePort()
    const server = await startServer(port)
    const dispatcher = createBullmqDispatcher({ redisUrl: `redis://127.0.0.1:${port}` })
    let isHandled = false
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const consumer = await dispatcher.consume({
      concurrency: 1,
      handle: async () => {
        isHandled = true
        await held
      },
    })
    await dispatcher.send([{ attemptId: 'held', dispatchSeq: 0 }])
    await waitFor('the ticket', () => isHandled)
    await server.stop()
    const before = performance.now()
    letGo()
    await consumer[Symbol.asyncDispose]()
    await dispatcher[Symbol.asyncDispose]()
    expect(performance.now() - before).toBeLessThan(3_000)
  })
})

describe.skipIf(!redis.isAvailable)('BullMQ over a Redis that was tampered with', () => {
  const redisUrl = redis.isAvailable ? redis.url : ''

  test('the epoch changes when the content is gone', async () => {
    const port = await freePort()
    const url = canStartRedis ? `redis://127.0.0.1:${port}` : redisUrl
    if (canStartRedis) await startServer(port)
    await using dispatcher = createBullmqDispatcher({ redisUrl: url, prefix: randomUUID() })
    const epoch = await dispatcher.epoch()
    const client = new Redis(url)
    await client.flushall()
    client.disconnect()
    const next = await dispatcher.epoch()
    expect(next).not.toBe(epoch)
    expect(await dispatcher.epoch()).toBe(next)
  })

  test('drops forged payloads, says so, and goes on', async () => {
    const prefix = randomUUID()
    const { logger, warnings } = recordingLogger()
    const { Queue } = await import('bullmq')
    const client = new Redis(redisUrl, { maxRetriesPerRequest: null })
    const queue = new Queue<unknown>(ATTEMPT_QUEUE, { connection: client, prefix })
    onTestFinished(async () => {
      await queue.close()
      client.disconnect()
    })
    const forged: unknown[] = [
      'text',
      null,
      {},
      { attemptId: '', dispatchSeq: 0 },
      { attemptId: 'a'.repeat(65), dispatchSeq: 0 },
      { attemptId: 'a', dispatchSeq: -1 },
      { attemptId: 'a', dispatchSeq: 1.5 },
      { attemptId: { $ne: '' }, dispatchSeq: 0 },
      JSON.parse('{"__proto__": {"attemptId": "a", "dispatchSeq": 0}}'),
    ]
    await queue.addBulk(forged.map((data) => ({ name: 'attempt', data, opts: { attempts: 1 } })))
    await using dispatcher = createBullmqDispatcher({ redisUrl, prefix, logger })
    const received: Ticket[] = []
    await dispatcher.consume({ concurrency: 2, handle: async (ticket) => void received.push(ticket) })
    await dispatcher.send([{ attemptId: 'honest', dispatchSeq: 1 }])
    await waitFor('the honest ticket', () => received.length > 0)
    await waitFor('a line per forged one', () => warnings.length === forged.length)
    expect(received).toEqual([{ attemptId: 'honest', dispatchSeq: 1 }])
  })
})
