import type { Logger, LogLine } from '@tidemill/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogShipper, type LogLimits } from './log-shipper.ts'

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

type Answer = boolean | Error | 'never'

/** A store that answers as told, then with success, and keeps lines by number as the engine does. */
const setup = (options: { answers?: Answer[]; limits?: Partial<LogLimits>; secret?: string } = {}) => {
  const answers = [...(options.answers ?? [])]
  const appends: LogLine[][] = []
  const stored = new Map<number, LogLine>()
  const lost = vi.fn<() => void>()
  const shipper = createLogShipper({
    append: async (lines) => {
      appends.push([...lines])
      const answer = answers.shift() ?? true
      if (answer === 'never') return new Promise<boolean>(() => undefined)
      if (answer instanceof Error) throw answer
      if (answer) for (const line of lines) stored.set(line.number, line)
      return answer
    },
    onLeaseLost: lost,
    mask: (text) => (options.secret === undefined ? text : text.replaceAll(options.secret, '***')),
    clock: { now: () => Date.now() },
    logger: silent,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  const write = (...texts: string[]): void => {
    for (const text of texts) shipper.write({ stream: 'stdout', time: 1, text })
  }
  const texts = (): string[] => [...stored.values()].toSorted((a, b) => a.number - b.number).map(({ text }) => text)
  return { shipper, write, appends, stored, texts, lost }
}

describe('createLogShipper', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('sends the first line at once and the next ones 250 ms later, in one batch', async () => {
    const t = setup()
    t.write('one')
    await vi.advanceTimersByTimeAsync(1)
    t.write('two')
    t.write('three')
    await vi.advanceTimersByTimeAsync(248)
    expect(t.texts()).toEqual(['one'])
    await vi.advanceTimersByTimeAsync(2)
    expect(t.appends.map((lines) => lines.length)).toEqual([1, 2])
    expect([...t.stored.keys()]).toEqual([1, 2, 3])
    expect(t.shipper.lastLine).toBe(3)
  })

  test('sends a full batch of 500 lines without waiting', async () => {
    const t = setup()
    t.write('first')
    await vi.advanceTimersByTimeAsync(1)
    t.write(...Array.from({ length: 1_200 }, (_, index) => `line ${index}`))
    await vi.advanceTimersByTimeAsync(1)
    expect(t.appends.map((lines) => lines.length)).toEqual([1, 500, 500])
  })

  test('sends lines again after a failure, in order and without a gap', async () => {
    const t = setup({ answers: [new Error('connection lost'), new Error('connection lost')] })
    t.write('one')
    await vi.advanceTimersByTimeAsync(1)
    t.write('two', 'three')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(t.texts()).toEqual(['one', 'two', 'three'])
    expect([...t.stored.keys()]).toEqual([1, 2, 3])
  })

  test('sends lines again when the store does not answer', async () => {
    const t = setup({ answers: ['never'], limits: { appendMs: 1_000 } })
    t.write('one')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(t.texts()).toEqual(['one'])
  })

  test('drops what comes on top of the pending limit and says how much', async () => {
    const t = setup({ answers: ['never'], limits: { pendingBytes: 300, appendMs: 1_000 } })
    t.write('aaaa', 'bbbb', 'cccc', 'dddd', 'eeee', 'ffff', 'gggg')
    await vi.advanceTimersByTimeAsync(3_000)
    t.write('hhhh')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(t.texts()).toEqual([
      'aaaa',
      'bbbb',
      'cccc',
      'dddd',
      '… 3 lines dropped: the log came faster than it could be stored',
      'hhhh',
    ])
    expect([...t.stored.keys()]).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('counts lines that were dropped at the very end', async () => {
    const t = setup({ answers: ['never'], limits: { pendingBytes: 100, appendMs: 50 } })
    t.write('aaaa', 'bbbb')
    const closed = t.shipper.close(5_000)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await closed).toBe(true)
    expect(t.texts().at(-1)).toContain('1 lines dropped')
  })

  test.each<[string, Partial<LogLimits>]>([
    ['bytes', { attemptBytes: 10 }],
    ['lines', { attemptLines: 3 }],
  ])('ends the log with a marker at the limit of %s', async (_title, limits) => {
    const t = setup({ limits })
    t.write('aaaaa', 'bbbbb', 'ccccc', 'ddddd')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(t.texts()).toEqual(['aaaaa', 'bbbbb', expect.stringContaining('the log ends here')])
  })

  test('masks before it cuts, so that no half of a secret is left', async () => {
    const t = setup({ secret: 'hunter2hunter2', limits: { lineBytes: 60 } })
    t.write(`${'x'.repeat(22)}hunter2hunter2${'y'.repeat(40)}`)
    await vi.advanceTimersByTimeAsync(1)
    expect(t.texts()).toEqual([expect.stringMatching(/^x{22}\*\*\*y+ … line cut/)])
  })

  test('tells when the lease is lost, and sends nothing more', async () => {
    const t = setup({ answers: [false] })
    t.write('one')
    await vi.advanceTimersByTimeAsync(1)
    t.write('two')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(t.lost).toHaveBeenCalledTimes(1)
    expect(t.appends).toHaveLength(1)
    expect(await t.shipper.close(100)).toBe(false)
  })

  test('close sends what waits without a pause, and takes nothing more', async () => {
    const t = setup()
    t.write('one')
    await vi.advanceTimersByTimeAsync(1)
    t.write('two')
    const closed = t.shipper.close(10_000)
    t.write('three')
    await vi.advanceTimersByTimeAsync(1)
    expect(await closed).toBe(true)
    expect(t.texts()).toEqual(['one', 'two'])
  })

  test('close gives up after its limit', async () => {
    const t = setup({ answers: ['never'] })
    t.write('one')
    const closed = t.shipper.close(500)
    await vi.advanceTimersByTimeAsync(500)
    expect(await closed).toBe(false)
  })
})
