import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { applyEnd, type Transition } from './finish-attempt.ts'
import { type HeldAttempt, lockAttempt } from './lock-attempt.ts'
import { transact } from './transaction.ts'

const BATCH = 100

/**
 * Ends attempts as LOST whose lease has passed, one transaction each. While Postgres is up for less than a lease, none
 * has: workers could not renew while it was away.
 */
export const expireLeases = (db: Kysely<Database>, leaseMs: number): Promise<Transition[]> =>
  endAsLost(
    db,
    sql`attempt.lease_until < clock_timestamp()
      and pg_postmaster_start_time() < clock_timestamp() - ${leaseMs} * interval '1 ms'`,
    ({ worker_id }) => `worker ${worker_id ?? 'unknown'} stopped sending heartbeats`,
  )

/** Ends the attempts of every worker but these as LOST, for who knows that no other worker lives. */
export const expireLeasesOfOthers = (db: Kysely<Database>, workerIds: readonly string[]): Promise<Transition[]> =>
  endAsLost(
    db,
    sql`attempt.worker_id <> all(${[...workerIds]}::text[])`,
    ({ worker_id }) => `worker ${worker_id ?? 'unknown'} ended before the step did`,
  )

const endAsLost = async (
  db: Kysely<Database>,
  guard: RawBuilder<unknown>,
  reasonOf: (attempt: HeldAttempt) => string,
): Promise<Transition[]> => {
  const isLost = sql`attempt.fence is not null and attempt.ended_at is null and ${guard}`
  const found = await sql<{ id: number }>`
    select attempt.id from attempt where ${isLost} order by attempt.lease_until limit ${BATCH}`.execute(db)
  const transitions: Transition[] = []
  for (const { id } of found.rows) {
    const transition = await transact(db, async (trx) => {
      const attempt = await lockAttempt(trx, sql`attempt.id = ${id} and ${isLost}`)
      if (attempt === undefined) return undefined
      return applyEnd(trx, attempt, { kind: 'lost', code: 'lost_worker', reason: reasonOf(attempt) })
    })
    if (transition !== undefined) transitions.push(transition)
  }
  return transitions
}
