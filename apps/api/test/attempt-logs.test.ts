import { randomUUID } from 'node:crypto'
import { startServer } from '@tidemill/api'
import { expect, test } from 'vitest'
import { lines, startAttempt, submit, writeProject } from './project-fixture.ts'
import { describeServer, TIDEMILL } from './server-fixture.ts'

interface StreamedEvent {
  readonly id?: number
  readonly event?: string
  readonly data?: { readonly number: number; readonly text: string }
}

describeServer('attempt logs', (server) => {
  const setup = async () => {
    const uri = await writeProject(server(), randomUUID())
    const { json } = await submit(server(), { project: { uri } })
    const { engine } = server().context
    const workflowRunId: string = json.workflow_run.workflow_run_id
    const lease = await startAttempt(server(), workflowRunId, `worker-${randomUUID()}`)
    return {
      append: (first: number, count: number) => engine.appendLogs(lease, lines(first, count)),
      finish: () => engine.finishAttempt(lease, { kind: 'succeeded', code: 'succeeded', exitCode: 0 }),
      url: `${TIDEMILL}/attempts/${lease.attemptId}/logs`,
    }
  }

  /** Reads a stream until it ends or `until` says so. */
  const follow = async (
    url: string,
    headers: Record<string, string> = {},
    until: (events: readonly StreamedEvent[]) => boolean = () => false,
  ): Promise<StreamedEvent[]> => {
    const stop = new AbortController()
    const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: stop.signal })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const events: StreamedEvent[] = []
    let text = ''
    try {
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString('utf8')
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        events.push(...blocks.map(parseEvent).filter((event) => event !== undefined))
        if (until(events)) break
      }
    } finally {
      stop.abort()
    }
    return events
  }

  const parseEvent = (block: string): StreamedEvent | undefined => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    const [id, event, data] = [field('id'), field('event'), field('data')]
    if (data === undefined) return undefined
    return {
      ...(id === undefined ? {} : { id: Number(id) }),
      ...(event === undefined ? {} : { event }),
      data: JSON.parse(data),
    }
  }

  const numbers = (events: readonly StreamedEvent[]): (number | undefined)[] =>
    events.filter(({ event }) => event === undefined).map(({ data }) => data?.number)
  const upTo = (last: number, first = 1): number[] =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index)

  test('a range of lines is read, with where to go on', async () => {
    const { append, finish, url } = await setup()
    await append(1, 5)
    expect((await server().get(url, { from: '3' })).json).toEqual({
      lines: lines(1, 5).slice(2),
      next: 6,
      ended: false,
    })
    await finish()
    expect((await server().get(url, { from: '6' })).json).toEqual({ lines: [], next: 6, ended: true })
  })

  test('one answer has at most a thousand lines and does not say that it is all', async () => {
    const { append, finish, url } = await setup()
    await append(1, 1500)
    await finish()
    const first = (await server().get(url)).json
    expect([first.lines.length, first.next, first.ended]).toEqual([1000, 1001, false])
    const second = (await server().get(url, { from: '1001' })).json
    expect([second.lines.length, second.next, second.ended]).toEqual([500, 1501, true])
  })

  test('a stream gives every line once, in order, and ends with the attempt', async () => {
    await using running = await startServer(server().context)
    const { append, finish, url } = await setup()
    await append(1, 700)
    const streaming = follow(`${running.url}${url}?follow=true`)
    for (let first = 701; first <= 1300; first += 100) await append(first, 100)
    await finish()
    const events = await streaming
    expect(numbers(events)).toEqual(upTo(1300))
    expect(events.filter(({ event }) => event === undefined).every(({ id, data }) => id === data?.number)).toBe(true)
    expect(events.at(-1)).toEqual({ event: 'end', data: {} })
    expect(events.filter(({ event }) => event === 'end')).toHaveLength(1)
  })

  test('a line reaches an open stream at once', async () => {
    await using running = await startServer(server().context)
    const { append, finish, url } = await setup()
    await append(1, 1)
    let appendedAt = 0
    const events = await follow(`${running.url}${url}?follow=true`, {}, (seen) => {
      if (seen.length === 1) {
        appendedAt = performance.now()
        void append(2, 1)
      }
      return seen.length === 2
    })
    // Wakes carry it; the poll alone would take up to a second.
    expect(performance.now() - appendedAt).toBeLessThan(700)
    expect(numbers(events)).toEqual([1, 2])
    await finish()
  })

  test('a broken stream goes on after the last line that it gave', async () => {
    await using running = await startServer(server().context)
    const { append, finish, url } = await setup()
    await append(1, 10)
    const first = await follow(`${running.url}${url}`, {}, (seen) => seen.length >= 4)
    const last = first.at(3)?.id ?? 0
    await append(11, 5)
    await finish()
    const second = await follow(`${running.url}${url}`, { 'last-event-id': String(last) })
    expect([...numbers(first).slice(0, 4), ...numbers(second)]).toEqual(upTo(15))
  })

  test('a stream may begin in the middle', async () => {
    await using running = await startServer(server().context)
    const { append, finish, url } = await setup()
    await append(1, 10)
    await finish()
    expect(numbers(await follow(`${running.url}${url}?follow=true&from=8`))).toEqual([8, 9, 10])
  })

  test('a closing server ends its streams within a second', async () => {
    const running = await startServer(server().context)
    const { append, finish, url } = await setup()
    await append(1, 1)
    let opened = (): void => undefined
    const isOpen = new Promise<void>((resolve) => {
      opened = resolve
    })
    const streaming = follow(`${running.url}${url}?follow=true`, {}, (seen) => {
      if (seen.length > 0) opened()
      return false
    })
    await isOpen
    const started = performance.now()
    await running[Symbol.asyncDispose]()
    expect(performance.now() - started).toBeLessThan(1000)
    expect((await streaming).some(({ event }) => event === 'end')).toBe(false)
    await finish()
  })

  test.each(['', '?follow=true'])('an unknown attempt is a 404%s', async (query) => {
    const answer = await server().get(`${TIDEMILL}/attempts/a-unknown/logs${query}`)
    expect([answer.status, answer.json.error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST'])
  })

  test.each(['from=0', 'from=x', 'follow=maybe'])('the query %s is refused', async (query) => {
    const { url } = await setup()
    const { status, json } = await server().get(`${url}?${query}`)
    expect([status, json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
  })
})
