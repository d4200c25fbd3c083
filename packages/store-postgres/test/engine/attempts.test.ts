import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import type { AttemptEnd, ClaimedAttempt } from '@tidemill/core'
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

const CHAIN = [aStep('a'), aStep('b', { needs: ['a'] }), aStep('c', { needs: ['b'] }), aStep('island')]
const RETRIES = { attempts: 3, backoff: 'fixed', delayMs: 0 } as const
const TIMED_OUT: AttemptEnd = { kind: 'timed_out', code: 'timeout', reason: 'ran longer than 30 s' }
const DISK_FULL: AttemptEnd = { kind: 'infra_failed', code: 'disk', reason: 'the disk is full' }

describe.each(storeKinds())('attempts on %s', (kind) => {
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
  const tagsOf = async (runId: string | undefined): Promise<Record<string, string>> =>
    Object.fromEntries((await world.tracking.getRun(runId ?? '')).tags.map(({ key, value }) => [key, value]))

  it('ends dependents of a failed step without running them, and lets independent ones go on', async () => {
    const { workflowRunId } = await world.submit(CHAIN)
    const ended = await drive(world, workflowRunId, ({ stepKey }) => (stepKey === 'b' ? EXIT_3 : SUCCEEDED))
    expect(ended).toMatchObject({ state: 'FAILED', reason: "step 'b' failed: exit code 3" })
    expect(stepStates(ended)).toEqual({ a: 'SUCCEEDED', b: 'FAILED', c: 'UPSTREAM_FAILED', island: 'SUCCEEDED' })
    expect(ended.steps.map(({ reason }) => reason)).toEqual([undefined, 'exit code 3', "step 'b' failed", undefined])
    expect(attemptsOf(ended).map(({ exitCode }) => exitCode)).toEqual([undefined, 3, undefined])
  })

  it('ends every MLflow run with the status and the reason of what it stands for', async () => {
    const { workflowRunId, runId } = await world.submit(CHAIN)
    const ended = await drive(world, workflowRunId, ({ stepKey }) => (stepKey === 'b' ? EXIT_3 : SUCCEEDED))
    const [a, b] = attemptsOf(ended)
    const statusOf = async (id: string | undefined) => (await world.tracking.getRun(id ?? '')).info.status
    expect([await statusOf(runId), await statusOf(a?.runId), await statusOf(b?.runId)]).toEqual([
      'FAILED',
      'FINISHED',
      'FAILED',
    ])
    expect((await tagsOf(runId))['tidemill.reason']).toBe("step 'b' failed: exit code 3")
    expect((await tagsOf(b?.runId))['tidemill.reason']).toBe('exit code 3')
    expect((await world.tracking.getRun(runId)).info.endTime).toBeTypeOf('number')
  })

  it('names and tags the child run of every attempt', async () => {
    const steps = [aStep('train', { matrix: cells('alpha', 2), retry: RETRIES })]
    const { workflowRunId, runId } = await world.submit(steps)
    const ended = await drive(world, workflowRunId, ({ cellIndex, number }) =>
      cellIndex === 1 && number === 1 ? EXIT_3 : SUCCEEDED,
    )
    const names = await Promise.all(
      attemptsOf(ended).map(async (attempt) => (await world.tracking.getRun(attempt.runId ?? '')).info.runName),
    )
    expect(names).toEqual(['train-1', 'train-2', 'train-2 (attempt 2)'])
    expect(await tagsOf(attemptsOf(ended)[2]?.runId)).toEqual({
      'mlflow.runName': 'train-2 (attempt 2)',
      'mlflow.parentRunId': runId,
      'tidemill.workflowRunId': workflowRunId,
      'tidemill.stepKey': 'train',
      'tidemill.attempt': '2',
    })
  })

  it('finishes the other cells of a matrix step when one failed', async () => {
    const steps = [aStep('train', { matrix: cells('alpha', 3) }), aStep('report', { needs: ['train'] })]
    const { workflowRunId } = await world.submit(steps)
    const ended = await drive(world, workflowRunId, ({ cellIndex }) => (cellIndex === 1 ? EXIT_3 : SUCCEEDED))
    expect(cellsOf(ended).map(({ state }) => state)).toEqual(['SUCCEEDED', 'FAILED', 'SUCCEEDED', 'UPSTREAM_FAILED'])
    expect(ended.reason).toBe("step 'train' (cell 2) failed: exit code 3")
    expect(ended.steps[0]?.reason).toBe('cell 2 failed: exit code 3')
  })

  it('gives a step the runs of every step that has succeeded, by cell', async () => {
    const steps = [aStep('a'), aStep('b', { needs: ['a'], matrix: cells('x', 3) }), aStep('c', { needs: ['b'] })]
    const { workflowRunId } = await world.submit(steps)
    const seen: Record<string, unknown> = {}
    const ended = await drive(world, workflowRunId, ({ stepKey, upstreamRunIds }) => {
      seen[stepKey] = upstreamRunIds
      return SUCCEEDED
    })
    const runIdsOf = (index: number) => ended.steps[index]?.cells.map((cell) => cell.attempts[0]?.runId)
    expect(seen).toEqual({ a: {}, b: { a: runIdsOf(0) }, c: { a: runIdsOf(0), b: runIdsOf(1) } })
  })

  it.each([
    ['runs out of retries', EXIT_3, { state: 'FAILED', count: 3 }],
    ['times out every time', TIMED_OUT, { state: 'TIMED_OUT', count: 3 }],
    [
      'is rejected',
      { kind: 'rejected', code: 'parameters', reason: 'rows is no int' } as const,
      { state: 'FAILED', count: 1 },
    ],
    ['loses its infrastructure four times', DISK_FULL, { state: 'FAILED', count: 4 }],
  ])('ends a step that %s', async (_, end, expected) => {
    const { workflowRunId } = await world.submit([aStep('a', { retry: RETRIES })])
    const ended = await drive(world, workflowRunId, () => end)
    expect(ended.state).toBe(expected.state)
    expect(attemptsOf(ended).map(({ number }) => number)).toEqual(
      Array.from({ length: expected.count }, (_each, index) => index + 1),
    )
  })

  it('succeeds with the attempt that succeeds, whatever came before', async () => {
    const { workflowRunId } = await world.submit([aStep('a', { retry: RETRIES }), aStep('b', { needs: ['a'] })])
    const ended = await drive(world, workflowRunId, ({ stepKey, number }) => {
      if (stepKey === 'b') return SUCCEEDED
      return [EXIT_3, DISK_FULL, 'lose worker' as const, SUCCEEDED][number - 1] ?? EXIT_3
    })
    expect(ended.state).toBe('SUCCEEDED')
    expect(attemptsOf(ended).map(({ state }) => state)).toEqual([
      'FAILED',
      'INFRA_FAILED',
      'LOST',
      'SUCCEEDED',
      'SUCCEEDED',
    ])
  })

  it('keeps a failed step in backoff for the delay of its retry policy', async () => {
    const retry = { attempts: 2, backoff: 'exponential', delayMs: 60_000 } as const
    const { workflowRunId } = await world.submit([aStep('a', { retry })])
    await runAttempt(world, await claimOne(workflowRunId), EXIT_3)
    expect(stepStates(await world.engine.getWorkflowRun(workflowRunId))).toEqual({ a: 'BACKOFF' })
    expect(await world.engine.releaseBackoffs()).toBe(0)
    expect(await world.takeTickets(workflowRunId)).toEqual([])
    await world.passBackoffs()
    expect(stepStates(await world.engine.getWorkflowRun(workflowRunId))).toEqual({ a: 'READY' })
    await runAttempt(world, await claimOne(workflowRunId), SUCCEEDED)
    expect((await world.engine.getWorkflowRun(workflowRunId)).state).toBe('SUCCEEDED')
  })

  it('hands a lost worker’s step to another one and names the worker', async () => {
    const { workflowRunId } = await world.submit([aStep('a')])
    const lost = await claimOne(workflowRunId)
    await world.loseWorkerOf(lost)
    const [again] = await world.claimAll(workflowRunId, 'worker-2')
    expect(again?.number).toBe(2)
    expect(attemptsOf(await world.engine.getWorkflowRun(workflowRunId))[0]).toMatchObject({
      state: 'LOST',
      reason: 'worker worker-1 stopped sending heartbeats',
    })
  })

  it('leaves a lease alone that is renewed', async () => {
    const { workflowRunId } = await world.submit([aStep('a')])
    const { lease } = await claimOne(workflowRunId)
    await sql`update attempt set lease_until = clock_timestamp() - interval '1 s' where attempt_id = ${lease.attemptId}`.execute(
      world.db,
    )
    expect(await world.engine.heartbeat('worker-1', [lease])).toEqual([
      { attemptId: lease.attemptId, verdict: 'continue' },
    ])
    expect(await world.engine.expireLeases()).toBe(0)
  })

  it('refuses everything from a lease that was lost', async () => {
    const { workflowRunId } = await world.submit([aStep('a')])
    const lost = await claimOne(workflowRunId)
    await world.loseWorkerOf(lost)
    const second = await claimOne(workflowRunId)
    const before = await world.engine.getWorkflowRun(workflowRunId)
    const { engine } = world
    expect(await engine.finishAttempt(lost.lease, SUCCEEDED)).toBe(false)
    expect(await engine.prepareAttempt(lost.lease, { params: [], tags: [] })).toBeUndefined()
    expect(await engine.markExecuting(lost.lease)).toBe(false)
    expect(await engine.markFinalizing(lost.lease)).toBe(false)
    expect(await engine.appendLogs(lost.lease, [{ number: 1, stream: 'stdout', time: 1, text: 'late' }])).toBe(false)
    expect(await engine.heartbeat('worker-1', [lost.lease, second.lease])).toEqual([
      { attemptId: lost.lease.attemptId, verdict: 'lost' },
      { attemptId: second.lease.attemptId, verdict: 'continue' },
    ])
    const forged = { ...second.lease, fence: second.lease.fence - 1 }
    expect(await engine.finishAttempt(forged, SUCCEEDED)).toBe(false)
    expect(await engine.getWorkflowRun(workflowRunId)).toEqual(before)
  })

  it('finishes an attempt once', async () => {
    const { workflowRunId } = await world.submit([aStep('a')])
    const { lease } = await claimOne(workflowRunId)
    expect(await world.engine.finishAttempt(lease, SUCCEEDED)).toBe(true)
    expect(await world.engine.finishAttempt(lease, EXIT_3)).toBe(false)
    expect((await world.engine.getWorkflowRun(workflowRunId)).state).toBe('SUCCEEDED')
  })

  it.each([
    ['an unknown attempt', () => ({ attemptId: 'a-none', dispatchSeq: 1 })],
    ['an older dispatch', (ticket: { attemptId: string; dispatchSeq: number }) => ({ ...ticket, dispatchSeq: 0 })],
  ])('drops the ticket of %s', async (_, spoil) => {
    const { workflowRunId } = await world.submit([aStep('a')])
    const [ticket] = await world.takeTickets(workflowRunId)
    expect(await world.engine.claimAttempt(spoil(ticket ?? { attemptId: '', dispatchSeq: 0 }), 'w')).toBeUndefined()
  })

  it('gives a doubled ticket to one worker', async () => {
    const { workflowRunId } = await world.submit([aStep('a')])
    const [ticket] = await world.takeTickets(workflowRunId)
    if (ticket === undefined) throw new Error('No ticket')
    const claims = await Promise.all(['w1', 'w2', 'w3', 'w4'].map((id) => world.engine.claimAttempt(ticket, id)))
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1)
  })

  it('keeps a reason that holds a NUL', async () => {
    const { workflowRunId } = await world.submit([aStep('a')])
    const ended = await drive(world, workflowRunId, () => ({ ...EXIT_3, reason: 'bad\0byte' }))
    expect(ended.reason).toBe("step 'a' failed: bad\uFFFDbyte")
  })

  it('records every transition as an event', async () => {
    const { workflowRunId } = await world.submit([aStep('a')])
    await drive(world, workflowRunId, () => SUCCEEDED)
    const events = await world.db
      .selectFrom('workflow_event')
      .innerJoin('workflow_run', 'workflow_run.id', 'workflow_event.workflow_run_id')
      .where('workflow_run.workflow_run_id', '=', workflowRunId)
      .select(['workflow_event.subject', 'workflow_event.state'])
      .execute()
    expect(events.map(({ subject, state }) => `${subject} ${state}`).toSorted()).toEqual([
      'attempt EXECUTING',
      'attempt FINALIZING',
      'attempt LEASED',
      'attempt PREPARING',
      'attempt QUEUED',
      'attempt SUCCEEDED',
      'step_run SUCCEEDED',
      'workflow_run QUEUED',
      'workflow_run RUNNING',
      'workflow_run SUCCEEDED',
    ])
  })

  describe('the database itself', () => {
    const endedRun = async (): Promise<string> => {
      const { workflowRunId } = await world.submit([aStep('a')])
      return (await drive(world, workflowRunId, () => SUCCEEDED)).workflowRunId
    }

    it('lets no ended workflow run start again without a new round', async () => {
      const id = await endedRun()
      const update = sql`update workflow_run set state = 'RUNNING', ended_at = null where workflow_run_id = ${id}`
      await expect(update.execute(world.db)).rejects.toThrow(/has ended as SUCCEEDED, it cannot become RUNNING/)
    })

    it('lets no ended attempt leave its state', async () => {
      const [attempt] = attemptsOf(await world.engine.getWorkflowRun(await endedRun()))
      const update = sql`update attempt set state = 'FAILED' where attempt_id = ${attempt?.attemptId}`
      await expect(update.execute(world.db)).rejects.toThrow(/has ended as SUCCEEDED, it cannot become FAILED/)
    })

    it.each([
      ['an end without an end time', sql`state = 'SUCCEEDED'`, /attempt_end/],
      ['a lease on a queued attempt', sql`lease_until = clock_timestamp()`, /attempt_lease/],
      ['a claim without a fence', sql`state = 'LEASED', lease_until = clock_timestamp()`, /attempt_fence/],
      ['a state that does not exist', sql`state = 'SLEEPING', fence = 1`, /attempt_state/],
    ])('refuses %s', async (_, change, message) => {
      const { workflowRunId } = await world.submit([aStep('a')])
      const attempt = attemptsOf(await world.engine.getWorkflowRun(workflowRunId))[0]
      const update = sql`update attempt set ${change} where attempt_id = ${attempt?.attemptId}`
      await expect(update.execute(world.db)).rejects.toThrow(message)
    })

    it('allows one open attempt of a cell', async () => {
      const { workflowRunId } = await world.submit([aStep('a')])
      const attempt = attemptsOf(await world.engine.getWorkflowRun(workflowRunId))[0]
      const copy = sql`insert into attempt (attempt_id, step_cell_id, workflow_run_id, number, state)
        select 'a-second', step_cell_id, workflow_run_id, 2, 'QUEUED' from attempt where attempt_id = ${attempt?.attemptId}`
      await expect(copy.execute(world.db)).rejects.toThrow(/attempt_current/)
    })
  })
})
