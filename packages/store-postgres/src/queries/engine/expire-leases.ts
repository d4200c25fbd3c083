import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { applyEnd, type Transition } from './finish-attempt.ts'
import { lockAttempt } from './lock-attempt.ts'
import { transact } from './transaction.ts'

const BATCH = 100

/**
 * Ends attempts as LOST whose lease has passed, one transaction each. While Postgres is up for less than a lease, none
 * has: workers could not renew while it was away.
 */
export const expireLeases = async (db: Kysely<Database>, leaseMs: number): Promise<Transition[]> => {
  const isExpired = sql`attempt.fence is not null and attempt.ended_at is null and attempt.lease_until < clock_timestamp()
    and pg_postmaster_start_time() < clock_timestamp() - ${leaseMs} * interval '1 ms'`
  const found = await sql<{ id: number }>`
    select attempt.id from attempt where ${isExpired} order by attempt.lease_until limit ${BATCH}`.execute(db)
  const transitions: Transition[] = []
  for (const { id } of found.rows) {
    const transition = await transact(db, async (trx) => {
      const attempt = await lockAttempt(trx, sql`attempt.id = ${id} and ${isExpired}`)
      if (attempt === undefined) return undefined
      const reason = `worker ${attempt.worker_id ?? 'unknown'} stopped sending heartbeats`
      return applyEnd(trx, attempt, { kind: 'lost', code: 'lost_worker', reason })
    })
    if (transition !== undefined) transitions.push(transition)
  }
  return transitions
}
