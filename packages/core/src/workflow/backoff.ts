import type { RetryPolicy } from '../project/project.ts'

/** No attempt waits longer than this for its turn, however often it was tried. */
const MAX_DELAY_MS = 3_600_000

/** Waits of the infrastructure budget: long enough for a registry or a Git host to come back. */
const INFRASTRUCTURE_DELAY_MS = 1_000

/** ms between the end of the attempt number `made` (from 1, of the user's retries) and the next one; at most an hour. */
export const retryDelayMs = (retry: RetryPolicy, made: number): number => {
  const factor = retry.backoff === 'exponential' ? 2 ** Math.min(made - 1, 30) : 1
  return Math.min(retry.delayMs * factor, MAX_DELAY_MS)
}

/** ms before the attempt that follows the infrastructure failure number `made` (from 1). */
export const infrastructureDelayMs = (made: number): number => INFRASTRUCTURE_DELAY_MS * 2 ** (made - 1)
