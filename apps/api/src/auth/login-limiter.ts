import { type Clock, ResourceExhaustedError } from '@tidemill/core'

const WINDOW_MS = 60_000
/** Of one account from one address: the right password still works from elsewhere. */
const MAX_FAILURES = 10
/** Of one address, over all accounts. Who has logged in from there before is not stopped by it: it may be a proxy's. */
const MAX_FAILURES_OF_ADDRESS = 60
const MAX_KEYS = 10_000

export interface LoginLimiter {
  /** Throws ResourceExhaustedError after too many wrong passwords within a minute. */
  check(username: string, address: string): void
  noteFailure(username: string, address: string): void
  noteSuccess(username: string, address: string): void
}

export const createLoginLimiter = (clock: Clock = performance): LoginLimiter => {
  const failures = new Map<string, { readonly count: number; readonly since: number }>()
  const known = new Set<string>()
  const countOf = (key: string): number => {
    const entry = failures.get(key)
    return entry === undefined || clock.now() - entry.since >= WINDOW_MS ? 0 : entry.count
  }
  const note = (key: string): void => {
    const count = countOf(key)
    const since = count === 0 ? clock.now() : (failures.get(key)?.since ?? clock.now())
    failures.delete(key)
    failures.set(key, { count: count + 1, since })
    const oldest = failures.size > MAX_KEYS ? failures.keys().next().value : undefined
    if (oldest !== undefined) failures.delete(oldest)
  }
  const keyOf = (username: string, address: string): string => `${address} ${username.slice(0, 255)}`
  return {
    check: (username, address) => {
      const key = keyOf(username, address)
      const isAddressClosed = countOf(address) >= MAX_FAILURES_OF_ADDRESS && !known.has(key)
      if (countOf(key) >= MAX_FAILURES || isAddressClosed) {
        throw new ResourceExhaustedError('Too many wrong passwords from this address. Try again in a minute.')
      }
    },
    noteFailure: (username, address) => {
      note(keyOf(username, address))
      note(address)
    },
    noteSuccess: (username, address) => {
      known.add(keyOf(username, address))
      const oldest = known.size > MAX_KEYS ? known.values().next().value : undefined
      if (oldest !== undefined) known.delete(oldest)
    },
  }
}
