import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sql } from 'kysely'
import type { ClaimedAttempt, LogLine, Ticket, Wake } from '@tidemill/core'
import {
  aStep,
  attemptsOf,
  cells,
  drive,
  EXIT_3,
  openWorld,
  runAttempt,
  storeKinds,
  SUCCEEDED,
  type World,
} from './world.ts'

const line = (number: number, text = `line ${number}`): LogLine => ({
  number,
  stream: 'stdout',
  time: 1000 + number,
  text,
})

describe.each(storeKinds())('outbox, logs, workers and wakes on %s', (kind) => {
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
  const emptyOutbox = async (): Promise<void> => {
    while ((await world.engine.relayOutbox(1_000, async () => undefined)) > 0);
  }

  describe('outbox', () => {
    it('tells the priority of a workflow run with its tickets', async () => {
      const tickets: Ticket[] = []
      for (const priority of [-100, 0, 7]) {
        const { workflowRunId } = await world.submit([aStep('a')], { priority })
        tickets.push(...(await world.takeTickets(workflowRunId)))
      }
      expect(tickets.map(({ priority }) => priority)).toEqual([-100, undefined, 7])
    })

    it('keeps the tickets that could not be sent', async () => {
      await emptyOutbox()
      const workflowRun = await world.submit([aStep('a', { matrix: cells('x', 3) })])
      const refused = world.engine.relayOutbox(10, async () => {
        throw new Error('the queue is away')
      })
      await expect(refused).rejects.toThrow('the queue is away')
      const sent: Ticket[] = []
      const send = async (tickets: readonly Ticket[]) => void sent.push(...tickets)
      expect(await world.engine.relayOutbox(2, send)).toBe(2)
      expect(await world.engine.relayOutbox(10, send)).toBe(1)
      expect(await world.engine.relayOutbox(10, send)).toBe(0)
      expect(new Set(sent.map(({ attemptId }) => attemptId))).toEqual(
        new Set(attemptsOf(workflowRun).map(({ attemptId }) => attemptId)),
      )
    })

    it('lets a handler that `send` starts use the store', async () => {
      await emptyOutbox()
      await world.submit([aStep('a')])
      const claims: Promise<ClaimedAttempt | undefined>[] = []
      await world.engine.relayOutbox(10, async (tickets) => {
        claims.push(...tickets.map((ticket) => world.engine.claimAttempt(ticket, 'w')))
        await Promise.resolve()
      })
      expect((await Promise.all(claims)).map((claim) => claim?.stepKey)).toEqual(['a'])
    })

    it('sends a new ticket for a queued attempt whose ticket got lost, and makes the old one stale', async () => {
      const { workflowRunId } = await world.submit([aStep('a')])
      const [lost] = await world.takeTickets(workflowRunId)
      expect(await world.engine.redispatchQueued(60_000)).toBe(0)
      expect(await world.engine.redispatchQueued(0)).toBeGreaterThanOrEqual(1)
      const [renewed] = await world.takeTickets(workflowRunId)
      expect(renewed).toEqual({ attemptId: lost?.attemptId, dispatchSeq: (lost?.dispatchSeq ?? 0) + 1 })
      if (lost === undefined || renewed === undefined) throw new Error('No ticket')
      expect(await world.engine.claimAttempt(lost, 'w')).toBeUndefined()
      expect((await world.engine.claimAttempt(renewed, 'w'))?.workflowRunId).toBe(workflowRunId)
    })

    it('sends nothing again for what is claimed, unsent or paused', async () => {
      await emptyOutbox()
      await world.engine.redispatchQueued(0)
      await emptyOutbox()
      await sql`update attempt set dispatched_at = null where dispatched_at is not null`.execute(world.db)
      const claimed = await world.submit([aStep('a')])
      await claimOne(claimed.workflowRunId)
      const paused = await world.submit([aStep('a')])
      await emptyOutbox()
      await world.engine.pauseWorkflowRun(paused.workflowRunId)
      await world.submit([aStep('a')])
      expect(await world.engine.redispatchQueued(0)).toBe(0)
    })
  })

  describe('logs', () => {
    const anAttempt = async () => {
      const { workflowRunId } = await world.submit([aStep('a')])
      const { lease } = await claimOne(workflowRunId)
      return { lease, append: (lines: LogLine[]) => world.engine.appendLogs(lease, lines) }
    }

    it('stores a resent line once', async () => {
      const { lease, append } = await anAttempt()
      await append([line(1), line(2)])
      await append([line(2, 'changed'), line(3)])
      await append([line(1), line(2), line(3)])
      const { lines } = await world.engine.readLogs(lease.attemptId, 1, 100)
      expect(lines).toEqual([line(1), line(2), line(3)])
    })

    it('reads from any line, over the borders of its chunks, up to the limit', async () => {
      const { lease, append } = await anAttempt()
      for (const start of [1, 4, 7]) await append([line(start), line(start + 1), line(start + 2)])
      const numbers = async (from: number, limit: number) =>
        (await world.engine.readLogs(lease.attemptId, from, limit)).lines.map(({ number }) => number)
      expect(await numbers(1, 100)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
      expect(await numbers(3, 3)).toEqual([3, 4, 5])
      expect(await numbers(9, 10)).toEqual([9])
      expect(await numbers(10, 10)).toEqual([])
    })

    it('keeps text as it is, but for NUL characters', async () => {
      const { lease, append } = await anAttempt()
      const texts = ['', '"quoted", {braced}', 'back\\slash', '🚂 日本', 'NULL', 'nul\0']
      await append(texts.map((text, index) => line(index + 1, text)))
      const { lines } = await world.engine.readLogs(lease.attemptId, 1, 100)
      expect(lines.map(({ text }) => text)).toEqual([...texts.slice(0, -1), 'nul\uFFFD'])
    })

    it('says when no line will come', async () => {
      const { lease, append } = await anAttempt()
      await append([line(1)])
      expect((await world.engine.readLogs(lease.attemptId, 1, 10)).ended).toBe(false)
      await world.engine.finishAttempt(lease, SUCCEEDED)
      expect(await world.engine.readLogs(lease.attemptId, 1, 10)).toEqual({ lines: [line(1)], ended: true })
    })

    it.each([
      ['1,000,000 lines', sql`last_line = 999999`, line(1_000_001)],
      ['100 MB', sql`last_line = 999, log_bytes = 100000000`, line(1_000)],
    ])('drops what an attempt writes beyond %s', async (_, used, beyond) => {
      const { lease, append } = await anAttempt()
      await sql`update attempt set ${used} where attempt_id = ${lease.attemptId}`.execute(world.db)
      expect(await append([beyond])).toBe(true)
      expect((await world.engine.readLogs(lease.attemptId, 1, 10)).lines).toEqual([])
    })

    it('says that an attempt is unknown', async () => {
      await expect(world.engine.readLogs('a-none', 1, 10)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    })
  })

  describe('workers', () => {
    const worker = { workerId: 'host-1', host: 'host', pid: 7, concurrency: 4 }

    it('lists a worker with what it works on, alive while it sends heartbeats', async () => {
      await world.engine.registerWorker({ ...worker, concurrency: 2 })
      await world.engine.registerWorker(worker)
      const { workflowRunId } = await world.submit([aStep('a')])
      const [claimed] = await world.claimAll(workflowRunId, worker.workerId)
      await world.engine.heartbeat(worker.workerId, claimed === undefined ? [] : [claimed.lease])
      const find = async () => (await world.engine.listWorkers()).find(({ workerId }) => workerId === worker.workerId)
      expect(await find()).toMatchObject({
        ...worker,
        isAlive: true,
        attempts: [{ attemptId: claimed?.lease.attemptId, workflowRunId, stepKey: 'a', state: 'LEASED' }],
      })
      await sql`update worker set last_seen_at = clock_timestamp() - interval '1 h'`.execute(world.db)
      expect(await find()).toMatchObject({ isAlive: false })
      await world.engine.removeWorker(worker.workerId)
      expect(await find()).toBeUndefined()
    })

    it('finds the attempts that a worker holds', async () => {
      const { workflowRunId } = await world.submit([aStep('a', { matrix: cells('x', 2) })])
      const [held, ended] = await world.claimAll(workflowRunId)
      if (held === undefined || ended === undefined) throw new Error('Nothing to claim')
      await world.engine.finishAttempt(ended.lease, SUCCEEDED)
      const ids = [held.lease.attemptId, ended.lease.attemptId, 'a-none']
      expect(await world.engine.findLiveAttempts(ids)).toEqual(new Set([held.lease.attemptId]))
      expect(await world.engine.findLiveAttempts([])).toEqual(new Set())
    })

    it('counts what waits, and for what', async () => {
      await world.db.deleteFrom('workflow_run').execute()
      expect(await world.engine.getQueue()).toEqual({ depth: 0, waiting: [] })
      const retry = { attempts: 2, backoff: 'fixed', delayMs: 60_000 } as const
      const { workflowRunId } = await world.submit([aStep('a', { retry }), aStep('b', { needs: ['a'] }), aStep('c')])
      const [a] = await world.claimAll(workflowRunId)
      if (a === undefined) throw new Error('Nothing to claim')
      await runAttempt(world, a, EXIT_3)
      const paused = await world.submit([aStep('a')])
      await world.engine.pauseWorkflowRun(paused.workflowRunId)
      const waiting = await world.submit([aStep('a')])
      const queue = await world.engine.getQueue()
      expect(queue).toEqual({
        depth: 1,
        oldestQueuedAt: attemptsOf(waiting)[0]?.queuedAt,
        waiting: [
          { reason: 'queued', count: 1 },
          { reason: 'backoff', count: 1 },
          { reason: 'blocked', count: 1 },
          { reason: 'paused', count: 1 },
        ],
      })
    })
  })

  describe('wakes', () => {
    it('tells every listener what happened', async () => {
      const heard: Wake[][] = [[], []]
      const stops = await Promise.all(heard.map((wakes) => world.engine.onWake((wake) => void wakes.push(wake))))
      const { workflowRunId } = await world.submit([aStep('a')])
      const claimed = await claimOne(workflowRunId)
      await world.engine.appendLogs(claimed.lease, [line(1)])
      await world.engine.cancelWorkflowRun(workflowRunId)
      for (const wakes of heard) {
        await vi.waitFor(() =>
          expect(wakes).toEqual(
            expect.arrayContaining([
              { topic: 'outbox' },
              { topic: 'workflow_run', workflowRunId },
              { topic: 'logs', attemptId: claimed.lease.attemptId },
              { topic: 'cancel', workflowRunId },
            ]),
          ),
        )
      }
      await Promise.all(stops.map((stop) => stop()))
    })

    it('wakes for the outbox when a finished step makes others ready', async () => {
      const { workflowRunId } = await world.submit([aStep('a'), aStep('b', { needs: ['a'] })])
      const claimed = await claimOne(workflowRunId)
      const wakes: Wake[] = []
      const stop = await world.engine.onWake((wake) => void wakes.push(wake))
      await world.engine.finishAttempt(claimed.lease, SUCCEEDED)
      await vi.waitFor(() => expect(wakes).toContainEqual({ topic: 'outbox' }))
      await stop()
      expect((await drive(world, workflowRunId, () => SUCCEEDED)).state).toBe('SUCCEEDED')
    })

    it('ignores what another program sends on the channel', async () => {
      const wakes: Wake[] = []
      // Wakes of the tests before this one may still come: they name what they are about.
      const isOfOthers = (wake: Wake): boolean =>
        ('attemptId' in wake && wake.attemptId.length > 0) || ('workflowRunId' in wake && wake.workflowRunId.length > 0)
      const stop = await world.engine.onWake((wake) => {
        if (!isOfOthers(wake)) wakes.push(wake)
      })
      for (const payload of ['', 'not json', '7', '{"topic":"weather"}', '{"topic":"logs"}', '{"topic":"outbox"}']) {
        await sql`select pg_notify('tidemill', ${payload})`.execute(world.db)
      }
      await vi.waitFor(() => expect(wakes).toEqual([{ topic: 'outbox' }]))
      await stop()
    })
  })
})

describe('workers of an embedded store', () => {
  it('that start take over at once what those of an earlier process held, and nothing of their own', async () => {
    const world = await openWorld('pglite')
    try {
      const { workflowRunId } = await world.submit([aStep('a'), aStep('b')])
      const [first, second] = await world.takeTickets(workflowRunId)
      if (first === undefined || second === undefined) throw new Error('Two steps have two tickets')
      await world.engine.claimAttempt(first, 'killed')
      const worker = { host: 'here', pid: 1, concurrency: 1 }
      await world.engine.registerWorker({ workerId: 'new-1', ...worker })
      await world.engine.claimAttempt(second, 'new-1')
      await world.engine.registerWorker({ workerId: 'new-2', ...worker })

      const states = attemptsOf(await world.engine.getWorkflowRun(workflowRunId)).map(({ state }) => state)
      expect(states).toEqual(['LOST', 'QUEUED', 'LEASED'])
      expect((await world.engine.listWorkers()).map(({ workerId }) => workerId)).toEqual(['new-1', 'new-2'])
    } finally {
      await world.close()
    }
  })
})
