import { describe, expect, it } from 'vitest'
import { infrastructureDelayMs, retryDelayMs } from './backoff.ts'

describe('retryDelayMs', () => {
  it.each([
    ['fixed', 10_000, [10_000, 10_000, 10_000]],
    ['exponential', 10_000, [10_000, 20_000, 40_000]],
    ['exponential', 0, [0, 0, 0]],
  ] as const)('%s from %i ms waits %j', (backoff, delayMs, expected) => {
    const delays = [1, 2, 3].map((made) => retryDelayMs({ attempts: 100, backoff, delayMs }, made))
    expect(delays).toEqual(expected)
  })

  it('waits an hour at most, after a hundred attempts too', () => {
    expect(retryDelayMs({ attempts: 100, backoff: 'exponential', delayMs: 1_000 }, 99)).toBe(3_600_000)
    expect(retryDelayMs({ attempts: 2, backoff: 'fixed', delayMs: 86_400_000 }, 1)).toBe(3_600_000)
  })
})

it('the infrastructure gets more time with each failure', () => {
  expect([1, 2, 3].map(infrastructureDelayMs)).toEqual([1_000, 2_000, 4_000])
})
