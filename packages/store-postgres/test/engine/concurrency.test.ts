import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClaimedAttempt, EngineStore } from '@tidemill/core'
import { createEngineStore } from '../../src/index.ts'
import { aStep, attemptsOf, cells, openWorld, stepStates, storeKinds, SUCCEEDED, type World } from './world.ts'

const WORKERS = 8

describe.runIf(storeKinds().includes('postgres'))('many workers at once on postgres', () => {
  let world: World
  /** One each: a store makes one statement of what several ask at once, two stores do not. */
  let engines: readonly EngineStore[]
  beforeAll(async () => {
    world = await openWorld('postgres')
    engines = Array.from({ length: WORKERS }, () => createEngineStore(world.database))
  })
  const engineOf = (worker: number): EngineStore => engines[worker % WORKERS] ?? world.engine
  afterAll(() => world.close())

  /** Does the work with so many at a time. */
  const share = async <T>(items: readonly T[], work: (item: T, worker: number) => Promise<void>): Promise<void> => {
    const queue = [...items]
    const worker = async (_: unknown, index: number): Promise<void> => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item, index)
    }
    await Promise.all(Array.from({ length: WORKERS }, worker))
  }

  it('finish the cells of a matrix and queue the step after it once', async () => {
    const steps = [aStep('train', { matrix: cells('x', 200) }), aStep('report', { needs: ['train'] })]
    const { workflowRunId } = await world.submit(steps)
    await share(await world.takeTickets(workflowRunId), async (ticket, index) => {
      const engine = engineOf(index)
      const claimed = await engine.claimAttempt(ticket, `worker-${index}`)
      if (claimed === undefined) throw new Error('A fresh ticket found nothing to claim')
      await engine.prepareAttempt(claimed.lease, { params: [], tags: [] })
      await engine.markExecuting(claimed.lease)
      await engine.heartbeat(`worker-${index}`, [claimed.lease])
      expect(await engine.finishAttempt(claimed.lease, SUCCEEDED)).toBe(true)
    })
    const workflowRun = await world.engine.getWorkflowRun(workflowRunId)
    expect(stepStates(workflowRun)).toEqual({ train: 'SUCCEEDED', report: 'READY' })
    expect(workflowRun.steps[1]?.cells.flatMap(({ attempts }) => attempts)).toHaveLength(1)
    expect(attemptsOf(workflowRun)).toHaveLength(201)
    expect(await world.takeTickets(workflowRunId)).toHaveLength(1)
  })

  it('claim the first attempts of one workflow run side by side, and lose none', async () => {
    const { workflowRunId } = await world.submit([aStep('a'), aStep('b'), aStep('c', { matrix: cells('x', 30) })])
    const tickets = await world.takeTickets(workflowRunId)
    const claims = await Promise.all(tickets.map((ticket) => world.engine.claimAttempt(ticket, 'w')))
    expect(claims.every((claim) => claim !== undefined)).toBe(true)
  })

  it('end each attempt once, however many times and wherever its end is reported', async () => {
    const { workflowRunId } = await world.submit([aStep('a', { matrix: cells('x', 20) })])
    const claims = await world.claimAll(workflowRunId)
    const heard = await Promise.all(
      claims.flatMap(({ lease }, index) =>
        [0, 0, 1].map((offset) => engineOf(index + offset).finishAttempt(lease, SUCCEEDED)),
      ),
    )
    expect(heard.filter(Boolean)).toHaveLength(20)
    const workflowRun = await world.engine.getWorkflowRun(workflowRunId)
    expect(workflowRun.state).toBe('SUCCEEDED')
    expect(attemptsOf(workflowRun).map(({ state }) => state)).toEqual(Array.from({ length: 20 }, () => 'SUCCEEDED'))
  })

  it('come to one end when cancel, retry, pause, sweep and finish meet', async () => {
    const retry = { attempts: 3, backoff: 'fixed', delayMs: 0 } as const
    const runs = await Promise.all(
      Array.from({ length: 6 }, () =>
        world.submit([aStep('a', { matrix: cells('x', 10), retry }), aStep('b', { needs: ['a'] })]),
      ),
    )
    const claims: ClaimedAttempt[] = []
    for (const { workflowRunId } of runs) claims.push(...(await world.claimAll(workflowRunId)))
    const disturb = runs.flatMap(({ workflowRunId }) => [
      () => world.engine.pauseWorkflowRun(workflowRunId),
      () => world.engine.resumeWorkflowRun(workflowRunId),
      () => world.engine.cancelWorkflowRun(workflowRunId),
      () => world.engine.expireLeases(),
      () => world.engine.redispatchQueued(0),
      () =>
        world.engine.heartbeat(
          'worker-1',
          claims.map(({ lease }) => lease),
        ),
    ])
    const finish = claims.map((claimed, index) => async () => {
      await engineOf(index).prepareAttempt(claimed.lease, { params: [], tags: [{ key: randomUUID(), value: 'x' }] })
      const end = index % 3 === 0 ? ({ kind: 'failed', code: 'exit_code', reason: 'exit code 1' } as const) : SUCCEEDED
      await engineOf(index).finishAttempt(claimed.lease, end)
    })
    const moves: (() => Promise<unknown>)[] = finish.flatMap((move, index) => [
      move,
      ...disturb.slice(index, index + 1),
    ])
    const errors: unknown[] = []
    await share(moves, async (move) => {
      await move().catch((error: unknown) => errors.push(error))
    })
    // A pause of what is paused and the like is refused; nothing else may go wrong.
    const codes = errors.map((error) => (error instanceof Error && 'code' in error ? error.code : error))
    expect(codes.filter((code) => code !== 'RESOURCE_CONFLICT')).toEqual([])
    for (const { workflowRunId } of runs) {
      expect((await world.engine.getWorkflowRun(workflowRunId)).state).toBe('CANCELLED')
    }
  })
})
