import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { createApp, startServer } from '@tidemill/api'
import type { EngineStore } from '@tidemill/core'
import { expect, test } from 'vitest'
import { createLogTails, followLog } from '../src/endpoints/attempts/log-tails.ts'
import { lines, startAttempt, submit, writeProject } from './project-fixture.ts'
import { describeServer, TIDEMILL } from './server-fixture.ts'

describeServer('streams that follow a log', (server) => {
  const setup = async () => {
    const { engine, logger } = server().context
    const reads = new Map<string, number>()
    const counting: EngineStore = {
      ...engine,
      readLogs: (attemptId, from, limit) => {
        reads.set(attemptId, (reads.get(attemptId) ?? 0) + 1)
        return engine.readLogs(attemptId, from, limit)
      },
    }
    const attempt = async () => {
      const uri = await writeProject(server(), randomUUID())
      const { json } = await submit(server(), { project: { uri } })
      const lease = await startAttempt(server(), json.workflow_run.workflow_run_id, `worker-${randomUUID()}`)
      return {
        id: lease.attemptId,
        append: (first: number, count = 1) => engine.appendLogs(lease, lines(first, count)),
        finish: () => engine.finishAttempt(lease, { kind: 'succeeded', code: 'succeeded', exitCode: 0 }),
        reads: () => reads.get(lease.attemptId) ?? 0,
      }
    }
    return { attempt, counting, tails: createLogTails(counting, logger) }
  }

  /** Many streams of one attempt; `received(n)` resolves when each has had n lines. */
  const followMany = (count: number, tails: ReturnType<typeof createLogTails>, attemptId: string) => {
    const stop = new AbortController()
    const numbers = Array.from({ length: count }, (): number[] => [])
    const waiting: { readonly lines: number; readonly resolve: () => void }[] = []
    const streams = numbers.map(async (seen) => {
      for await (const page of followLog(tails, { attemptId, from: 1, signal: stop.signal })) {
        seen.push(...page.lines.map(({ number }) => number))
        for (const each of waiting) if (numbers.every(({ length }) => length >= each.lines)) each.resolve()
      }
    })
    return {
      numbers,
      received: (wanted: number) => new Promise<void>((resolve) => waiting.push({ lines: wanted, resolve })),
      ended: Promise.all(streams),
      stop: () => stop.abort(),
    }
  }

  test('two hundred of one attempt read it once for each wake', async () => {
    const { attempt, tails } = await setup()
    await using _ = tails
    const { id, append, finish, reads } = await attempt()
    const many = followMany(200, tails, id)
    const started = performance.now()
    const wakes = 10
    for (let number = 1; number <= wakes; number++) {
      const all = many.received(number)
      await append(number)
      await all
    }
    await finish()
    await many.ended
    for (const seen of many.numbers) expect(seen).toEqual(lines(1, wakes).map(({ number }) => number))
    // The first read, each wake, that of the end included, and a poll a second.
    const polls = Math.ceil((performance.now() - started) / 1000)
    expect(reads()).toBeLessThanOrEqual(1 + (wakes + 1) + polls)
    expect(tails.followedCount).toBe(0)
  })

  test('are not woken by the lines or the end of another attempt', async () => {
    const { attempt, tails } = await setup()
    await using _ = tails
    const [quiet, busy] = [await attempt(), await attempt()]
    const waiting = followMany(1, tails, quiet.id)
    const first = waiting.received(1)
    await quiet.append(1)
    await first
    const [before, started] = [quiet.reads(), performance.now()]
    const streams = followMany(1, tails, busy.id)
    for (let number = 1; number <= 20; number++) {
      const next = streams.received(number)
      await busy.append(number)
      await next
    }
    await busy.finish()
    await streams.ended
    const polls = Math.ceil((performance.now() - started) / 1000)
    expect(quiet.reads() - before).toBeLessThanOrEqual(1 + polls)
    waiting.stop()
    await waiting.ended
    expect(tails.followedCount).toBe(0)
    await quiet.finish()
  })

  test('free everything when fifty clients go away', async () => {
    const { attempt, counting } = await setup()
    const { id, append, finish, reads } = await attempt()
    await append(1)
    const { context } = server()
    const app = createApp({ ...context, engine: counting })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const clients = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const client = request(`${url}${TIDEMILL}/attempts/${id}/logs?follow=true`).end()
        const [response]: IncomingMessage[] = await once(client, 'response')
        for await (const chunk of response ?? []) if (String(chunk).includes('id: 1\n')) break
        return client
      }),
    )
    for (const client of clients) client.destroy()
    await expect.poll(() => new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)))).toBe(0)

    let heard = (): void => undefined
    const stopListening = await context.engine.onWake((wake) => {
      if (wake.topic === 'logs' && wake.attemptId === id) heard()
    })
    const before = reads()
    for (let number = 2; number <= 6; number++) {
      const wake = new Promise<void>((resolve) => {
        heard = resolve
      })
      await append(number)
      await wake
    }
    expect(reads()).toBe(before)
    await stopListening()
    await finish()
    await app.close()
  })

  test('end at once when the server closes', async () => {
    const { attempt } = await setup()
    const { id, finish } = await attempt()
    const running = await startServer(server().context)
    const response = await fetch(`${running.url}/attempts/${id}/log?follow=true`)
    const text = response.text()
    await running[Symbol.asyncDispose]()
    expect(await text).toBe('')
    await finish()
  })
})
