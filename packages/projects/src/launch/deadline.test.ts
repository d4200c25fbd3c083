import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startDeadline } from './deadline.ts'

const DAY_MS = 24 * 3600 * 1000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test.each([10, DAY_MS, 60 * DAY_MS])('%i ms pass before the deadline, not one less', (timeoutMs) => {
  const onDeadline = vi.fn<() => void>()
  startDeadline(timeoutMs, onDeadline)
  vi.advanceTimersByTime(timeoutMs - 1)
  expect(onDeadline).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(onDeadline).toHaveBeenCalledOnce()
})

test('no deadline and a disposed one never come', () => {
  const onDeadline = vi.fn<() => void>()
  startDeadline(undefined, onDeadline)
  startDeadline(60 * DAY_MS, onDeadline)[Symbol.dispose]()
  vi.advanceTimersByTime(100 * DAY_MS)
  expect(onDeadline).not.toHaveBeenCalled()
})
