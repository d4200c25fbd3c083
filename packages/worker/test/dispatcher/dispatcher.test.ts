import type { Dispatcher, Ticket } from '@tidemill/core'
import { waitFor } from '@tidemill/testkit'
import { randomUUID } from 'node:crypto'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createBullmqDispatcher, createMemoryDispatcher } from '../../src/index.ts'

const { redis } = inject('services')

const setups: Readonly<Record<string, () => Dispatcher>> = {
  memory: () => createMemoryDispatcher(),
  ...(redis.isAvailable
    ? { bullmq: () => createBullmqDispatcher({ redisUrl: redis.url, prefix: `test-${randomUUID()}` }) }
    : {}),
}

const setup = (create: () => Dispatcher): Dispatcher => {
  const dispatcher = create()
  onTestFinished(() => dispatcher[Symbol.asyncDispose]())
  return dispatcher
}

const tickets = (count: number): Ticket[] =>
  Array.from({ length: count }, (_, index) => ({ attemptId: `a-${index}`, dispatchSeq: index % 3 }))

/** A handler that keeps its tickets until they are let go. */
const holdingHandler = () => {
  const held: { readonly ticket: Ticket; readonly letGo: () => void }[] = []
  let mostAtOnce = 0
  let atOnce = 0
  return {
    held,
    mostAtOnce: () => mostAtOnce,
    handle: async (ticket: Ticket): Promise<void> => {
      atOnce += 1
      mostAtOnce = Math.max(mostAtOnce, atOnce)
      const { promise, resolve } = Promise.withResolvers<void>()
      held.push({ ticket, letGo: resolve })
      await promise
      atOnce -= 1
    },
  }
}

describe.each(Object.entries(setups))('the %s dispatcher', (_name, create) => {
  test('delivers every ticket, sent before or after the consumer came', async () => {
    const dispatcher = setup(create)
    const received: Ticket[] = []
    await dispatcher.send(tickets(20))
    await dispatcher.consume({ concurrency: 4, handle: async (ticket) => void received.push(ticket) })
    await dispatcher.send([{ attemptId: 'late', dispatchSeq: 7 }])
    await waitFor('21 tickets', () => received.length === 21)
    expect(received.toSorted(byId)).toEqual([...tickets(20), { attemptId: 'late', dispatchSeq: 7 }].toSorted(byId))
  })

  test('hands out tickets of higher priority first, and equal ones in the order sent', async () => {
    const dispatcher = setup(create)
    const prioritized = [0, -100, 5, 0, 100, 5, -1].map((priority, index) => ({
      attemptId: `p${priority}-${index}`,
      dispatchSeq: 0,
      ...(priority === 0 ? {} : { priority }),
    }))
    await dispatcher.send(prioritized.slice(0, 4))
    await dispatcher.send(prioritized.slice(4))
    const received: string[] = []
    await dispatcher.consume({ concurrency: 1, handle: async ({ attemptId }) => void received.push(attemptId) })
    await waitFor('all tickets', () => received.length === prioritized.length)
    expect(received).toEqual(['p100-4', 'p5-2', 'p5-5', 'p0-0', 'p0-3', 'p-1-6', 'p-100-1'])
  })

  test('sends nothing for an empty list', async () => {
    await expect(setup(create).send([])).resolves.toBeUndefined()
  })

  test('hands out at most `concurrency` tickets at once', async () => {
    const dispatcher = setup(create)
    const handler = holdingHandler()
    await dispatcher.consume({ concurrency: 3, handle: handler.handle })
    await dispatcher.send(tickets(9))
    for (let done = 0; done < 9; done++) {
      await waitFor(`ticket ${done + 1}`, () => handler.held.length >= Math.min(done + 3, 9))
      handler.held[done]?.letGo()
    }
    await waitFor('all tickets', () => handler.held.length === 9)
    expect(handler.mostAtOnce()).toBe(3)
  })

  test('hands a ticket out again whose handler rejected, and goes on meanwhile', async () => {
    const dispatcher = setup(create)
    const received: string[] = []
    await dispatcher.consume({
      concurrency: 1,
      handle: async ({ attemptId }) => {
        const isFirst = !received.includes(attemptId)
        received.push(attemptId)
        if (attemptId === 'a-0' && isFirst) throw new Error('broken')
      },
    })
    await dispatcher.send(tickets(3))
    await waitFor('the second delivery', () => received.length === 4)
    expect(received).toEqual(['a-0', 'a-1', 'a-2', 'a-0'])
  })

  test('a ticket that a consumer gave back at its end goes to another one', async () => {
    const dispatcher = setup(create)
    const { promise: closing, resolve: close } = Promise.withResolvers<void>()
    let isHeld = false
    const first = await dispatcher.consume({
      concurrency: 1,
      handle: async () => {
        isHeld = true
        await closing
        throw new Error('this worker stops')
      },
    })
    await dispatcher.send(tickets(1))
    await waitFor('the first delivery', () => isHeld)
    const disposed = first[Symbol.asyncDispose]()
    close()
    await disposed
    const received: Ticket[] = []
    await dispatcher.consume({ concurrency: 1, handle: async (ticket) => void received.push(ticket) })
    await waitFor('the second delivery', () => received.length === 1)
    expect(received).toEqual(tickets(1))
  })

  test('the disposal of a consumer waits for its handlers and takes no more tickets', async () => {
    const dispatcher = setup(create)
    const handler = holdingHandler()
    const consumer = await dispatcher.consume({ concurrency: 2, handle: handler.handle })
    await dispatcher.send(tickets(5))
    await waitFor('two handlers', () => handler.held.length === 2)
    let isDisposed = false
    const disposed = consumer[Symbol.asyncDispose]().then(() => {
      isDisposed = true
    })
    handler.held[0]?.letGo()
    await new Promise((resolve) => setImmediate(resolve))
    expect(isDisposed).toBe(false)
    handler.held[1]?.letGo()
    await disposed
    expect(handler.held).toHaveLength(2)
  })

  test('tickets that a consumer left are taken by the next one', async () => {
    const dispatcher = setup(create)
    const first = await dispatcher.consume({ concurrency: 1, handle: async () => undefined })
    await first[Symbol.asyncDispose]()
    await dispatcher.send(tickets(2))
    const received: Ticket[] = []
    await dispatcher.consume({ concurrency: 1, handle: async (ticket) => void received.push(ticket) })
    await waitFor('the tickets', () => received.length === 2)
    expect(received.toSorted(byId)).toEqual(tickets(2))
  })

  test('the epoch stays the same while nothing is lost', async () => {
    const dispatcher = setup(create)
    const epoch = await dispatcher.epoch()
    await dispatcher.send(tickets(3))
    expect(await dispatcher.epoch()).toBe(epoch)
  })

  test('can be closed unused, and twice', async () => {
    const dispatcher = create()
    await dispatcher[Symbol.asyncDispose]()
    await expect(dispatcher[Symbol.asyncDispose]()).resolves.toBeUndefined()
  })
})

const byId = (a: Ticket, b: Ticket): number => (a.attemptId < b.attemptId ? -1 : 1)
