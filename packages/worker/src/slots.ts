import type { Clock } from '@tidemill/core'

/** Counts what a worker has in hand and remembers when it was last full. */
export interface Slots {
  take(): Disposable
  /** Whether there was a free slot at any time of the last `ms`. */
  hasBeenIdleFor(ms: number): boolean
}

export const createSlots = (count: number, clock: Clock): Slots => {
  let taken = 0
  let lastFullAt = -Infinity
  return {
    take: () => {
      taken += 1
      return {
        [Symbol.dispose]: () => {
          if (taken >= count) lastFullAt = clock.now()
          taken -= 1
        },
      }
    },
    hasBeenIdleFor: (ms) => taken < count && clock.now() - lastFullAt >= ms,
  }
}
