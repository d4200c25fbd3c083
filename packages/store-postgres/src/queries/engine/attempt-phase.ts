import type { Lease } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { retryConflicts } from './transaction.ts'

/** False: the lease is lost. */
export const markExecuting = (db: Kysely<Database>, lease: Lease): Promise<boolean> =>
  enterPhase(db, lease, 'EXECUTING')

/** False: the lease is lost. */
export const markFinalizing = (db: Kysely<Database>, lease: Lease): Promise<boolean> =>
  enterPhase(db, lease, 'FINALIZING')

const enterPhase = (db: Kysely<Database>, lease: Lease, state: 'EXECUTING' | 'FINALIZING'): Promise<boolean> =>
  retryConflicts(async () => {
    const result = await sql<{ attempt_id: string }>`
      with entered as (
        update attempt set state = ${state}
        where attempt_id = ${lease.attemptId} and fence = ${lease.fence} and lease_until is not null
        returning attempt_id, workflow_run_id
      ),
      event as (
        insert into workflow_event (workflow_run_id, subject, subject_id, state)
        select workflow_run_id, 'attempt', attempt_id, ${state} from entered
      )
      select attempt_id from entered`.execute(db)
    return result.rows.length === 1
  })
