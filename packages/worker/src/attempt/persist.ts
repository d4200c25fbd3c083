import { setTimeout as delay } from 'node:timers/promises'
import { DomainError } from '@tidemill/core'

const FIRST_DELAY_MS = 50
const LAST_DELAY_MS = 2_000

/**
 * Repeats a call to the store through a short outage of it. Throws the error of the last try after `limitMs`, a
 * DomainError that no repeat can mend at once, and the signal's reason when it is aborted.
 */
export const persist = async <T>(
  call: () => Promise<T>,
  options: { readonly signal?: AbortSignal; readonly limitMs: number },
): Promise<T> => {
  const giveUpAt = performance.now() + options.limitMs
  for (let wait = FIRST_DELAY_MS; ; wait = Math.min(wait * 2, LAST_DELAY_MS)) {
    options.signal?.throwIfAborted()
    try {
      return await call()
    } catch (error) {
      if (isFinal(error) || performance.now() + wait > giveUpAt) throw error
      await pause(wait, options.signal)
    }
  }
}

const isFinal = (error: unknown): boolean => error instanceof DomainError && error.code !== 'TEMPORARILY_UNAVAILABLE'

/** An abort ends the pause early; the caller looks at the signal. */
const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}
