import { describe, expect, test } from 'vitest'
import { createSlots } from './slots.ts'

const setup = () => {
  let now = 0
  const slots = createSlots(2, { now: () => now })
  return {
    slots,
    pass: (ms: number): void => {
      now += ms
    },
  }
}

describe('createSlots', () => {
  test('a worker that was never full has been idle', () => {
    const { slots } = setup()
    using _one = slots.take()
    expect(slots.hasBeenIdleFor(30_000)).toBe(true)
  })

  test('a full worker is not idle, however long', () => {
    const { slots, pass } = setup()
    using _one = slots.take()
    using _two = slots.take()
    pass(100_000)
    expect(slots.hasBeenIdleFor(30_000)).toBe(false)
  })

  test('a worker is idle again when it has not been full for the time asked', () => {
    const { slots, pass } = setup()
    using _one = slots.take()
    slots.take()[Symbol.dispose]()
    pass(29_999)
    expect(slots.hasBeenIdleFor(30_000)).toBe(false)
    pass(1)
    expect(slots.hasBeenIdleFor(30_000)).toBe(true)
  })
})
