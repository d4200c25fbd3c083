import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClaimedAttempt } from '@tidemill/core'
import {
  aStep,
  attemptsOf,
  cells,
  cellsOf,
  drive,
  EXIT_3,
  openWorld,
  runAttempt,
  stepStates,
  storeKinds,
  SUCCEEDED,
  type World,
} from './world.ts'

const CHAIN = [aStep('a'), aStep('b', { needs: ['a'] }), aStep('c', { needs: ['b'] })]
const CANCELLED = { kind: 'cancelled', code: 'cancelled', reason: 'cancelled' } as const

describe.each(storeKinds())('control on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  const claimOne = async (workflowRunId: string): Promise<ClaimedAttempt> => {
    const [claimed] = await world.claimAll(workflowRunId)
    if (claimed === undefined) throw new Error('Nothing to claim')
    return claimed
  }
  const statusOf = async (runId: string) => (await world.tracking.getRun(runId)).info.status

  describe('cancel', () => {
    it('ends a workflow run at once that nobody has claimed', async () => {
      const { workflowRunId, runId } = await world.submit(CHAIN)
      const [ticket] = await world.takeTickets(workflowRunId)
      const cancelled = await world.engine.cancelWorkflowRun(workflowRunId)
      expect(cancelled).toMatchObject({ state: 'CANCELLED', reason: 'cancelled' })
      expect(stepStates(cancelled)).toEqual({ a: 'CANCELLED', b: 'CANCELLED', c: 'CANCELLED' })
      expect(attemptsOf(cancelled).map(({ state }) => state)).toEqual(['CANCELLED'])
      expect(await statusOf(runId)).toBe('KILLED')
      expect(await world.engine.claimAttempt(ticket ?? { attemptId: '', dispatchSeq: 0 }, 'w')).toBeUndefined()
    })

    it('tells running attempts by their heartbeat and ends with them', async () => {
      const { workflowRunId, runId } = await world.submit([
        aStep('a', { matrix: cells('x', 3) }),
        aStep('b', { needs: ['a'] }),
      ])
      const [first, second] = await world.claimAll(workflowRunId)
      if (first === undefined || second === undefined) throw new Error('Nothing to claim')
      await runAttempt(world, second, SUCCEEDED)
      expect((await world.engine.cancelWorkflowRun(workflowRunId)).state).toBe('CANCELLING')
      expect((await world.engine.heartbeat('worker-1', [first.lease])).map(({ verdict }) => verdict)).toEqual([
        'cancel',
      ])
      await world.engine.finishAttempt(first.lease, CANCELLED)
      const third = attemptsOf(await world.engine.getWorkflowRun(workflowRunId))[2]
      expect(third?.state).toBe('LEASED')
      await world.loseWorkerOf({ ...first, lease: { attemptId: third?.attemptId ?? '', fence: 0 } })
      const ended = await world.engine.getWorkflowRun(workflowRunId)
      expect(ended).toMatchObject({ state: 'CANCELLED', reason: 'cancelled' })
      expect(cellsOf(ended).map(({ state }) => state)).toEqual(['CANCELLED', 'SUCCEEDED', 'CANCELLED', 'CANCELLED'])
      expect(await statusOf(runId)).toBe('KILLED')
    })

    it('retries nothing that fails while the workflow run is cancelling', async () => {
      const retry = { attempts: 5, backoff: 'fixed', delayMs: 0 } as const
      const { workflowRunId } = await world.submit([aStep('a', { retry })])
      const claimed = await claimOne(workflowRunId)
      await world.engine.cancelWorkflowRun(workflowRunId)
      await world.engine.finishAttempt(claimed.lease, EXIT_3)
      const ended = await world.engine.getWorkflowRun(workflowRunId)
      expect(ended.state).toBe('CANCELLED')
      expect(attemptsOf(ended)).toHaveLength(1)
    })

    it('ends cells in backoff', async () => {
      const retry = { attempts: 2, backoff: 'fixed', delayMs: 60_000 } as const
      const { workflowRunId } = await world.submit([aStep('a', { retry })])
      await runAttempt(world, await claimOne(workflowRunId), EXIT_3)
      expect((await world.engine.cancelWorkflowRun(workflowRunId)).state).toBe('CANCELLED')
      await world.passBackoffs()
      expect(await world.takeTickets(workflowRunId)).toEqual([])
    })

    it('answers a cancel of a cancelling workflow run again, and refuses one of an ended run', async () => {
      const { workflowRunId } = await world.submit([aStep('a')])
      const claimed = await claimOne(workflowRunId)
      await world.engine.cancelWorkflowRun(workflowRunId)
      expect((await world.engine.cancelWorkflowRun(workflowRunId)).state).toBe('CANCELLING')
      await world.engine.finishAttempt(claimed.lease, CANCELLED)
      await expect(world.engine.cancelWorkflowRun(workflowRunId)).rejects.toMatchObject({
        code: 'RESOURCE_CONFLICT',
        message: expect.stringContaining('CANCELLED'),
      })
    })
  })

  describe('retry', () => {
    it('starts again what did not succeed, and only that', async () => {
      const steps = [
        aStep('a'),
        aStep('b', { needs: ['a'], matrix: cells('x', 3) }),
        aStep('c', { needs: ['b'] }),
        aStep('island'),
      ]
      const { workflowRunId, runId } = await world.submit(steps)
      await drive(world, workflowRunId, ({ stepKey, cellIndex }) =>
        stepKey === 'b' && cellIndex === 1 ? EXIT_3 : SUCCEEDED,
      )
      const retried = await world.engine.retryWorkflowRun(workflowRunId)
      expect(retried.state).toBe('QUEUED')
      expect(retried.endedAt).toBeUndefined()
      expect(stepStates(retried)).toEqual({ a: 'SUCCEEDED', b: 'READY', c: 'BLOCKED', island: 'SUCCEEDED' })
      const root = await world.tracking.getRun(runId)
      expect(root.info.status).toBe('RUNNING')
      expect(root.info.endTime).toBeUndefined()
      expect(root.tags.map(({ key }) => key)).not.toContain('tidemill.reason')

      const again: string[] = []
      const ended = await drive(world, workflowRunId, ({ stepKey, cellIndex, number }) => {
        again.push(`${stepKey} ${cellIndex} ${number}`)
        return SUCCEEDED
      })
      expect(ended.state).toBe('SUCCEEDED')
      expect(again).toEqual(['b 1 2', 'c 0 1'])
      expect(await statusOf(runId)).toBe('FINISHED')
    })

    it('runs a cancelled workflow run from the start, with fresh budgets', async () => {
      const { workflowRunId } = await world.submit(CHAIN)
      await world.engine.cancelWorkflowRun(workflowRunId)
      await world.engine.retryWorkflowRun(workflowRunId)
      expect((await drive(world, workflowRunId, () => SUCCEEDED)).state).toBe('SUCCEEDED')
    })

    it('ends a workflow run as SUCCEEDED whose last attempts succeeded while it was cancelling', async () => {
      const { workflowRunId } = await world.submit([aStep('a')])
      const claimed = await claimOne(workflowRunId)
      await world.engine.cancelWorkflowRun(workflowRunId)
      await runAttempt(world, claimed, SUCCEEDED)
      expect((await world.engine.getWorkflowRun(workflowRunId)).state).toBe('CANCELLED')
      expect((await world.engine.retryWorkflowRun(workflowRunId)).state).toBe('SUCCEEDED')
    })

    it.each(['SUCCEEDED', 'QUEUED'])('refuses a workflow run that is %s', async (state) => {
      const { workflowRunId } = await world.submit([aStep('a')])
      if (state === 'SUCCEEDED') await drive(world, workflowRunId, () => SUCCEEDED)
      await expect(world.engine.retryWorkflowRun(workflowRunId)).rejects.toMatchObject({
        code: 'RESOURCE_CONFLICT',
        message: expect.stringContaining(state),
      })
    })
  })

  describe('pause and resume', () => {
    it('claims nothing while paused and everything after the resume', async () => {
      const { workflowRunId } = await world.submit(CHAIN)
      const [early] = await world.takeTickets(workflowRunId)
      if (early === undefined) throw new Error('No ticket')
      expect((await world.engine.pauseWorkflowRun(workflowRunId)).state).toBe('PAUSED')
      expect(await world.engine.claimAttempt(early, 'w')).toBeUndefined()
      expect((await world.engine.resumeWorkflowRun(workflowRunId)).state).toBe('QUEUED')
      expect(await world.engine.claimAttempt(early, 'w')).toBeUndefined()
      expect((await drive(world, workflowRunId, () => SUCCEEDED)).state).toBe('SUCCEEDED')
    })

    it('lets running attempts finish and holds the steps after them', async () => {
      const { workflowRunId } = await world.submit(CHAIN)
      const claimed = await claimOne(workflowRunId)
      await world.engine.pauseWorkflowRun(workflowRunId)
      await runAttempt(world, claimed, SUCCEEDED)
      expect(await world.claimAll(workflowRunId)).toEqual([])
      expect((await world.engine.getQueue()).waiting).toContainEqual({ reason: 'paused', count: 1 })
      expect((await world.engine.resumeWorkflowRun(workflowRunId)).state).toBe('RUNNING')
      expect((await drive(world, workflowRunId, () => SUCCEEDED)).state).toBe('SUCCEEDED')
    })

    it('cancels a paused workflow run', async () => {
      const { workflowRunId } = await world.submit(CHAIN)
      await world.engine.pauseWorkflowRun(workflowRunId)
      expect((await world.engine.cancelWorkflowRun(workflowRunId)).state).toBe('CANCELLED')
    })

    it('refuses to pause twice and to resume what is not paused', async () => {
      const { workflowRunId } = await world.submit([aStep('a')])
      await expect(world.engine.resumeWorkflowRun(workflowRunId)).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' })
      await world.engine.pauseWorkflowRun(workflowRunId)
      await expect(world.engine.pauseWorkflowRun(workflowRunId)).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' })
    })
  })

  it.each(['cancelWorkflowRun', 'retryWorkflowRun', 'pauseWorkflowRun', 'resumeWorkflowRun'] as const)(
    '%s says that a workflow run is unknown',
    async (method) => {
      await expect(world.engine[method]('w-none')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    },
  )
})
