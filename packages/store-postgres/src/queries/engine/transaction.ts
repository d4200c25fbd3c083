import { setTimeout as delay } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'

const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'
const MAX_RETRIES = 5
const MAX_JITTER_MS = 20

/**
 * One transaction of the engine, tried again up to five times when Postgres gives it up for another one.
 *
 * Locks are taken in one order, so that engine transactions wait for each other and never deadlock:
 *
 *     workflow_run -> step_run -> step_cell -> attempt (several: by id) -> run
 *
 * Every change that touches more than one attempt's own row takes its workflow run first, exclusively (`for no key
 * update`). A claim takes it shared, so that claims of one workflow run go side by side, and below it only its own
 * attempt, cell and step; so do the ends of cells whose step goes on, for attempts and then steps in the order of their
 * ids. Heartbeats, phases, tickets and log lines lock attempts alone. Transactions over several
 * workflow runs take them with `skip locked`.
 */
export const transact = <T>(db: Kysely<Database>, work: (trx: Transaction<Database>) => Promise<T>): Promise<T> =>
  retryConflicts(() => db.transaction().execute(work))

/** The same patience for a method that is a single statement. */
export const retryConflicts = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let retries = 0; ; retries++) {
    try {
      return await work()
    } catch (error) {
      if (retries === MAX_RETRIES || !isConflict(error)) throw error
      await delay(Math.random() * MAX_JITTER_MS * (retries + 1))
    }
  }
}

const isConflict = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === SERIALIZATION_FAILURE || error.code === DEADLOCK_DETECTED)
