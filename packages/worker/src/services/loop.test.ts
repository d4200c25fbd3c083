import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLoop } from './loop.ts'
import type { OutageLog } from './outage-log.ts'

const setup = (run: () => Promise<void>) => {
  const outage = { failed: vi.fn<OutageLog['failed']>(), ended: vi.fn<OutageLog['ended']>() }
  const runs = vi.fn<() => Promise<void>>(run)
  const loop = createLoop({ run: runs, intervalMs: () => 1_000, retryMs: (failures) => failures * 100, outage })
  return { loop, runs, outage }
}

describe('createLoop', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('runs at its start and then at every interval', async () => {
    const { loop, runs } = setup(async () => undefined)
    loop.start()
    loop.start()
    await vi.advanceTimersByTimeAsync(2_500)
    expect(runs).toHaveBeenCalledTimes(3)
    await loop.stop()
  })

  test('a wake runs it at once', async () => {
    const { loop, runs } = setup(async () => undefined)
    loop.start()
    await vi.advanceTimersByTimeAsync(10)
    loop.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(runs).toHaveBeenCalledTimes(2)
    await loop.stop()
  })

  test('a wake during a run leads to one more run', async () => {
    const gate = Promise.withResolvers<void>()
    const { loop, runs } = setup(() => gate.promise)
    loop.start()
    await vi.advanceTimersByTimeAsync(0)
    loop.wake()
    loop.wake()
    gate.resolve()
    await vi.advanceTimersByTimeAsync(10)
    expect(runs).toHaveBeenCalledTimes(2)
    await loop.stop()
  })

  test('an error does not end it, and wakes do not shorten the pause after one', async () => {
    const { loop, runs, outage } = setup(async () => {
      throw new Error('away')
    })
    loop.start()
    await vi.advanceTimersByTimeAsync(50)
    loop.wake()
    await vi.advanceTimersByTimeAsync(49)
    expect(runs).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(runs).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(200)
    expect(outage.failed).toHaveBeenCalledTimes(3)
    await loop.stop()
  })

  test('stop waits for the run in progress, and is safe twice and before start', async () => {
    const gate = Promise.withResolvers<void>()
    const { loop } = setup(() => gate.promise)
    loop.start()
    await vi.advanceTimersByTimeAsync(0)
    let isStopped = false
    const stopped = Promise.all([loop.stop(), loop.stop()]).then(() => {
      isStopped = true
    })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(isStopped).toBe(false)
    gate.resolve()
    await stopped
    const unused = setup(async () => undefined)
    await unused.loop.stop()
    unused.loop.start()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(unused.runs).not.toHaveBeenCalled()
  })

  test('runOnce throws what went wrong', async () => {
    const { loop } = setup(async () => {
      throw new Error('away')
    })
    await expect(loop.runOnce()).rejects.toThrow('away')
  })
})
