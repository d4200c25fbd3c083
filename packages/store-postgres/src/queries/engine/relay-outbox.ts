import type { Ticket } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { OpenDatabase } from '../../database/open-database.ts'
import type { Database } from '../../tables/database.ts'
import { transact } from './transaction.ts'

/** Hands up to `limit` tickets to `send` and removes them when it resolves; a rejection leaves them and is thrown. */
export const relayOutbox = (
  database: OpenDatabase,
  limit: number,
  send: (tickets: readonly Ticket[]) => Promise<void>,
): Promise<number> =>
  // PGlite has one connection: a transaction around `send` would stop a handler that `send` starts. It also has one
  // process, so nobody else takes the same rows.
  database.kind === 'pglite' ? relay(database.db, limit, send) : transact(database.db, (trx) => relay(trx, limit, send))

const relay = async (
  db: Kysely<Database>,
  limit: number,
  send: (tickets: readonly Ticket[]) => Promise<void>,
): Promise<number> => {
  const rows = await db
    .selectFrom('outbox')
    .leftJoin('attempt', 'attempt.attempt_id', 'outbox.attempt_id')
    .leftJoin('workflow_run', 'workflow_run.id', 'attempt.workflow_run_id')
    .orderBy('outbox.id')
    .limit(limit)
    .select(['outbox.id', 'outbox.attempt_id', 'outbox.dispatch_seq', 'workflow_run.priority'])
    .forUpdate('outbox')
    .skipLocked()
    .execute()
  if (rows.length === 0) return 0
  await send(
    rows.map(({ attempt_id, dispatch_seq, priority }) => ({
      attemptId: attempt_id,
      dispatchSeq: dispatch_seq,
      ...(priority === null || priority === 0 ? {} : { priority }),
    })),
  )
  await markSent(
    db,
    rows.map(({ id }) => id),
  )
  return rows.length
}

const markSent = async (db: Kysely<Database>, outboxIds: readonly number[]): Promise<void> => {
  await sql`
    with sent as (
      delete from outbox where id = any(${[...outboxIds]}::bigint[]) returning attempt_id, dispatch_seq
    ),
    waiting as (
      select attempt.id from attempt join sent using (attempt_id, dispatch_seq)
      where attempt.state = 'QUEUED'
      order by attempt.id
      for no key update of attempt
    )
    update attempt set dispatched_at = clock_timestamp() from waiting where attempt.id = waiting.id`.execute(db)
}
