import type { EngineStore } from '@tidemill/core'
import { createScriptedExecutor, freePort, startRedisServer, SUCCEEDED, waitFor } from '@tidemill/testkit'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createBullmqDispatcher } from '../../src/index.ts'
import { aStep } from './graphs.ts'
import {
  attemptStates,
  DISTRIBUTED,
  EMBEDDED,
  readTexts,
  startTestWorker,
  submitSteps,
  useDispatcher,
  waitForEnd,
  type World,
} from './world.ts'

const LEASE_MS = 1_000
const succeed = { kind: 'end', end: SUCCEEDED } as const
const hangFirst = (_execution: unknown, startedBefore: number) =>
  startedBefore === 0 ? ({ kind: 'hang' } as const) : succeed

/** An engine whose every call fails while it is cut off, as when the network to Postgres is gone. */
const createPartition = (engine: EngineStore) => {
  let isCut = false
  const partitioned = new Proxy(engine, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      return (...values: unknown[]): unknown =>
        isCut ? Promise.reject(new Error('the network is gone')) : Reflect.apply(value, target, values)
    },
  })
  return {
    engine: partitioned,
    cut: () => {
      isCut = true
    },
    heal: () => {
      isCut = false
    },
  }
}

const waitForEmptyOutbox = ({ database }: World): Promise<true> =>
  waitFor('all tickets sent', async () => {
    const rows = await database.db.selectFrom('outbox').select('id').execute()
    return rows.length === 0
  })

describe.each([EMBEDDED, DISTRIBUTED])('$name', (mode) => {
  describe.skipIf(mode.problem !== undefined)('faults', () => {
    const getWorld = mode.useWorld({ leaseMs: LEASE_MS })

    test('the step of a worker that is cut off from the store is killed there and taken over', async () => {
      const world = getWorld()
      const partition = createPartition(world.engine)
      const dispatcher = useDispatcher(mode)
      const lonely = createScriptedExecutor(() => ({ kind: 'hang', lines: ['from the first worker'] }))
      await startTestWorker(world, { engine: partition.engine, dispatcher, executor: lonely, concurrency: 1 })
      const submitted = await submitSteps(world, [aStep('a'), aStep('b', { needs: ['a'] })])
      await waitFor('the step', () => lonely.live.size === 1)

      partition.cut()
      const healthy = createScriptedExecutor(() => succeed)
      await startTestWorker(world, { dispatcher, executor: healthy })
      await waitFor('the kill on the first worker', () => lonely.live.size === 0)
      const ended = await waitForEnd(world, submitted)
      partition.heal()
      expect(ended.state).toBe('SUCCEEDED')
      expect(attemptStates(ended, 'a')).toEqual(['LOST', 'SUCCEEDED'])
      expect(lonely.started).toHaveLength(1)
    })

    test('an attempt whose lease went to somebody else is killed, and its result changes nothing', async () => {
      const world = getWorld()
      const executor = createScriptedExecutor(hangFirst)
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
      const submitted = await submitSteps(world, [aStep('a')])
      await waitFor('the step', () => executor.live.size === 1)
      await world.database.db
        .updateTable('attempt')
        .set({ lease_until: new Date(0) })
        .where('attempt_id', '=', executor.started[0]?.attemptId ?? '')
        .execute()
      await world.engine.expireLeases()
      const ended = await waitForEnd(world, submitted)
      await waitFor('the kill', () => executor.live.size === 0)
      expect(ended.state).toBe('SUCCEEDED')
      expect(attemptStates(ended, 'a')).toEqual(['LOST', 'SUCCEEDED'])
      const [lost] = ended.steps[0]?.cells[0]?.attempts ?? []
      expect(await readTexts(world, lost?.attemptId ?? '')).toEqual([])
    })

    test('an outage of the store that is shorter than a lease harms nothing', async () => {
      const world = getWorld()
      const partition = createPartition(world.engine)
      const executor = createScriptedExecutor(() => ({ kind: 'hang', lines: ['one', 'two'] }))
      await startTestWorker(world, { engine: partition.engine, dispatcher: useDispatcher(mode), executor })
      const submitted = await submitSteps(world, [aStep('a')])
      await waitFor('the step', () => executor.live.size === 1)
      partition.cut()
      executor.release(SUCCEEDED)
      await waitFor('its end', () => executor.live.size === 0)
      partition.heal()
      const ended = await waitForEnd(world, submitted)
      expect(attemptStates(ended, 'a')).toEqual(['SUCCEEDED'])
      expect(await readTexts(world, ended.steps[0]?.cells[0]?.attempts[0]?.attemptId ?? '')).toEqual(['one', 'two'])
    })

    test('a worker that stops gives its steps to others at once', async () => {
      const world = getWorld()
      const dispatcher = useDispatcher(mode)
      const first = createScriptedExecutor(() => ({ kind: 'hang' }))
      const worker = await startTestWorker(world, { dispatcher, executor: first, concurrency: 2 })
      const submitted = await submitSteps(world, [aStep('a'), aStep('b'), aStep('c')])
      await waitFor('two steps', () => first.live.size === 2)
      const second = createScriptedExecutor(() => succeed)
      const disposed = worker[Symbol.asyncDispose]()
      await startTestWorker(world, { dispatcher, executor: second })
      await disposed
      expect(first.live.size).toBe(0)
      const ended = await waitForEnd(world, submitted)
      expect(ended.state).toBe('SUCCEEDED')
      const states = ['a', 'b', 'c'].map((key) => attemptStates(ended, key).join(' '))
      expect(states.toSorted()).toEqual(['INFRA_FAILED SUCCEEDED', 'INFRA_FAILED SUCCEEDED', 'SUCCEEDED'])
      const workers = await world.engine.listWorkers()
      expect(workers.map(({ workerId }) => workerId)).not.toContain(worker.workerId)
    })

    test('a worker that stops waits for its steps as long as it was told to', async () => {
      const world = getWorld()
      const executor = createScriptedExecutor(() => ({ kind: 'hang' }))
      const worker = await startTestWorker(world, {
        dispatcher: useDispatcher(mode),
        executor,
        drainMs: 30_000,
      })
      const submitted = await submitSteps(world, [aStep('a')])
      await waitFor('the step', () => executor.live.size === 1)
      const disposed = worker[Symbol.asyncDispose]()
      executor.release(SUCCEEDED)
      await disposed
      expect(attemptStates(await waitForEnd(world, submitted), 'a')).toEqual(['SUCCEEDED'])
    })

    test('attempts that were queued when the last worker ended are run by the next one', async () => {
      const world = getWorld()
      const first = await startTestWorker(world, {
        dispatcher: useDispatcher(mode),
        executor: createScriptedExecutor(() => ({ kind: 'hang' })),
        concurrency: 1,
      })
      const submitted = await submitSteps(world, [aStep('a'), aStep('b'), aStep('c')])
      await waitForEmptyOutbox(world)
      await first[Symbol.asyncDispose]()
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor: createScriptedExecutor(() => succeed) })
      expect((await waitForEnd(world, submitted)).state).toBe('SUCCEEDED')
    })

    test('a backoff is waited for by the database clock and then released', async () => {
      const world = getWorld()
      const executor = createScriptedExecutor((_execution, startedBefore) =>
        startedBefore === 0
          ? { kind: 'end', end: { kind: 'failed', code: 'exit_code', exitCode: 1, reason: 'exit code 1' } }
          : succeed,
      )
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
      const step = aStep('a', { retry: { attempts: 2, backoff: 'fixed', delayMs: 1_000 } })
      const ended = await waitForEnd(world, await submitSteps(world, [step]))
      const [first, second] = ended.steps[0]?.cells[0]?.attempts ?? []
      expect(ended.state).toBe('SUCCEEDED')
      expect((second?.startedAt ?? 0) - (first?.endedAt ?? 0)).toBeGreaterThanOrEqual(1_000)
    })
  })
})

const canStartRedis = (await startRedisServer().then((server) => server?.stop().then(() => true))) === true

describe.skipIf(DISTRIBUTED.problem !== undefined || !canStartRedis)('Redis is disposable', () => {
  const getWorld = DISTRIBUTED.useWorld()

  const setup = async () => {
    const port = await freePort()
    const redisUrl = `redis://127.0.0.1:${port}`
    const dispatcher = createBullmqDispatcher({ redisUrl })
    onTestFinished(() => dispatcher[Symbol.asyncDispose]())
    return {
      redisUrl,
      dispatcher,
      startRedis: async () => {
        const server = await startRedisServer(port)
        if (server === undefined) throw new Error('redis-server is gone')
        onTestFinished(() => server.stop())
        return server
      },
    }
  }

  test('attempts that were queued when it was flushed still end', async () => {
    const world = getWorld()
    const { redisUrl, dispatcher, startRedis } = await setup()
    await startRedis()
    const executor = createScriptedExecutor(({ entryPoint }) => (entryPoint.name === 'a' ? { kind: 'hang' } : succeed))
    await startTestWorker(world, { dispatcher, executor, concurrency: 1 })
    const blocking = await submitSteps(world, [aStep('a')])
    await waitFor('the blocking step', () => executor.live.size === 1)
    const matrix = [{ name: 'x', values: Array.from({ length: 30 }, (_, index) => String(index)) }]
    const queued = await submitSteps(world, [aStep('b', { matrix }), aStep('c', { needs: ['b'] })])
    await waitForEmptyOutbox(world)

    const client = new Redis(redisUrl)
    await client.flushall()
    client.disconnect()
    executor.release(SUCCEEDED)
    await waitFor('a step whose ticket was flushed', () => executor.started.length > 1, 3_000)
    expect((await waitForEnd(world, blocking)).state).toBe('SUCCEEDED')
    expect((await waitForEnd(world, queued)).state).toBe('SUCCEEDED')
    expect(executor.started).toHaveLength(32)
  })

  test('what was submitted while it was away runs when it is back', async () => {
    const world = getWorld()
    const { dispatcher, startRedis } = await setup()
    const executor = createScriptedExecutor(() => succeed)
    await startTestWorker(world, { dispatcher, executor })
    const submitted = await submitSteps(world, [aStep('a'), aStep('b', { needs: ['a'] })])
    expect(submitted.state).toBe('QUEUED')
    await startRedis()
    expect((await waitForEnd(world, submitted)).state).toBe('SUCCEEDED')
  })

  test('a restart in the middle of a step costs nothing but time', async () => {
    const world = getWorld()
    const { dispatcher, startRedis } = await setup()
    const server = await startRedis()
    const executor = createScriptedExecutor(({ entryPoint }) => (entryPoint.name === 'a' ? { kind: 'hang' } : succeed))
    await startTestWorker(world, { dispatcher, executor })
    const submitted = await submitSteps(world, [aStep('a'), aStep('b', { needs: ['a'] })])
    await waitFor('the step', () => executor.live.size === 1)
    await server.stop()
    executor.release(SUCCEEDED)
    await startRedis()
    const ended = await waitForEnd(world, submitted)
    expect(ended.state).toBe('SUCCEEDED')
    expect(attemptStates(ended, 'a')).toEqual(['SUCCEEDED'])
  })
})
