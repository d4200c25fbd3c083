import type { HeartbeatAnswer, Lease } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { retryConflicts } from './transaction.ts'

/** Renews the leases that are still held, the ones past their time too unless the sweeper was there first. */
export const heartbeat = (
  db: Kysely<Database>,
  workerId: string,
  leases: readonly Lease[],
  leaseMs: number,
): Promise<readonly HeartbeatAnswer[]> =>
  retryConflicts(async () => {
    const result = await sql<{ attempt_id: string; is_cancel_requested: boolean | null }>`
      with beat as (
        update worker set last_seen_at = clock_timestamp() where worker_id = ${workerId}
      ),
      given as (
        select * from unnest(${leases.map(({ attemptId }) => attemptId)}::text[], ${leases.map(({ fence }) => fence)}::bigint[])
          with ordinality as lease (attempt_id, fence, position)
      ),
      held as (
        select attempt.id from attempt join given using (attempt_id, fence)
        where attempt.lease_until is not null
        order by attempt.id
        for no key update of attempt
      ),
      renewed as (
        update attempt set lease_until = clock_timestamp() + ${leaseMs} * interval '1 ms'
        from held where attempt.id = held.id
        returning attempt.attempt_id, attempt.is_cancel_requested
      )
      select given.attempt_id, renewed.is_cancel_requested
      from given left join renewed using (attempt_id)
      order by given.position`.execute(db)
    return result.rows.map((row) => ({ attemptId: row.attempt_id, verdict: verdictOf(row.is_cancel_requested) }))
  })

/** Null: no lease was renewed. */
const verdictOf = (isCancelRequested: boolean | null): HeartbeatAnswer['verdict'] => {
  if (isCancelRequested === null) return 'lost'
  return isCancelRequested ? 'cancel' : 'continue'
}
