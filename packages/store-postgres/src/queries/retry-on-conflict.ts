import { setTimeout as delay } from 'node:timers/promises'

const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'
const UNIQUE_VIOLATION = '23505'
const MAX_RETRIES = 5
const BASE_DELAY_MS = 10

/**
 * Runs the work again, up to 5 times, when Postgres gave it up in favour of another transaction, or for an error that
 * `isConflict` takes for one.
 */
export const retryOnConflict = async <T>(
  work: () => Promise<T>,
  isConflict: (error: unknown) => boolean = () => false,
): Promise<T> => {
  for (let retry = 0; ; retry++) {
    try {
      return await work()
    } catch (error) {
      const code = sqlState(error)
      const isRetried = code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED || isConflict(error)
      if (retry === MAX_RETRIES || !isRetried) throw error
      await delay(BASE_DELAY_MS * 2 ** retry * Math.random())
    }
  }
}

export const isUniqueViolation = (error: unknown): boolean => sqlState(error) === UNIQUE_VIOLATION

/** The five-character code that Postgres and PGlite put on their errors. */
const sqlState = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
