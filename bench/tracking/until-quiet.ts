import { setTimeout as delay } from 'node:timers/promises'
import type { Contender } from '../contenders/contender.ts'

const POLL_MS = 200
/** Of `POLL_MS`: below it the contender does nothing but wait. */
const IDLE_CPU_MS = 20
/** A settler that wakes half a second after a write is still seen. */
const QUIET_POLLS = 6
const LIMIT_MS = 60_000

/**
 * Waits until server and Postgres have nothing left to do, so that work put off until after the reply counts for who
 * put it off. Gives up after a minute: a contender may have a busy background of its own.
 */
export const untilQuiet = async (contender: Contender): Promise<void> => {
  const deadline = performance.now() + LIMIT_MS
  let quiet = 0
  let before = await contender.readCpuMs()
  while (quiet < QUIET_POLLS && performance.now() < deadline) {
    await delay(POLL_MS)
    const now = await contender.readCpuMs()
    quiet = now - before <= IDLE_CPU_MS ? quiet + 1 : 0
    before = now
  }
}
