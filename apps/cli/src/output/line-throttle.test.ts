import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLineThrottle } from './line-throttle.ts'

describe('createLineThrottle', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const setup = () => {
    const written: string[] = []
    return { written, throttle: createLineThrottle((line) => void written.push(line)) }
  }

  test('writes two lines at once, then the latest one of each second', () => {
    const { written, throttle } = setup()
    for (let tenth = 0; tenth < 30; tenth += 1) {
      throttle.push('a', `line ${tenth}`)
      vi.advanceTimersByTime(100)
    }
    expect(written).toEqual(['line 0', 'line 1', 'line 9', 'line 19', 'line 29'])
  })

  test('writes the last line though nothing comes after it', () => {
    const { written, throttle } = setup()
    for (const line of ['1', '2', '3', 'last']) throttle.push('a', line)
    vi.advanceTimersByTime(1_000)
    expect(written).toEqual(['1', '2', 'last'])
  })

  test('a flush writes what waits at once and only once', () => {
    const { written, throttle } = setup()
    for (const line of ['1', '2', '3']) throttle.push('a', line)
    throttle.flush('a')
    vi.advanceTimersByTime(5_000)
    expect(written).toEqual(['1', '2', '3'])
  })

  test('counts the sources apart', () => {
    const { written, throttle } = setup()
    for (const line of ['a1', 'a2', 'a3']) throttle.push('a', line)
    throttle.push('b', 'b1')
    throttle.flush('b')
    expect(written).toEqual(['a1', 'a2', 'b1'])
  })
})
