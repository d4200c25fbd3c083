import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { retryConflicts } from './transaction.ts'

const BATCH = 1_000

/** A new ticket for every QUEUED attempt whose last one was sent more than `olderThanMs` ago; answers how many. */
export const redispatchQueued = async (db: Kysely<Database>, olderThanMs: number): Promise<number> => {
  const guard = sql`attempt.dispatched_at <= clock_timestamp() - ${olderThanMs} * interval '1 ms'
    and exists (
      select from workflow_run
      where workflow_run.id = attempt.workflow_run_id and workflow_run.state in ('QUEUED', 'RUNNING')
    )`
  for (let total = 0; ;) {
    const count = await retryConflicts(() => redispatch(db, guard, BATCH))
    total += count
    if (count < BATCH) return total
  }
}

/** New tickets for the QUEUED attempts that match `guard`; older tickets of theirs are stale from then on. */
export const redispatch = async (db: Kysely<Database>, guard: RawBuilder<unknown>, limit?: number): Promise<number> => {
  const result = await sql<{ count: number }>`
    with due as (
      select attempt.id from attempt where attempt.fence is null and attempt.ended_at is null and ${guard}
      order by attempt.id
      limit ${limit ?? null}::int
      for no key update
    ),
    redispatched as (
      update attempt set dispatch_seq = dispatch_seq + 1, dispatched_at = null
      from due where attempt.id = due.id
      returning attempt.attempt_id, attempt.dispatch_seq
    ),
    ticketed as (
      insert into outbox (attempt_id, dispatch_seq) select attempt_id, dispatch_seq from redispatched returning id
    )
    select count(*)::int as count from ticketed`.execute(db)
  return result.rows[0]?.count ?? 0
}
