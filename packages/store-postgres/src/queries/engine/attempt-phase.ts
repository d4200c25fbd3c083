import type { Lease } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { retryConflicts } from './transaction.ts'

/** False, per lease: it is lost. */
export const markExecuting = (db: Kysely<Database>, leases: readonly Lease[]): Promise<readonly boolean[]> =>
  enterPhase(db, leases, 'EXECUTING')

/** False, per lease: it is lost. */
export const markFinalizing = (db: Kysely<Database>, leases: readonly Lease[]): Promise<readonly boolean[]> =>
  enterPhase(db, leases, 'FINALIZING')

const enterPhase = (
  db: Kysely<Database>,
  leases: readonly Lease[],
  state: 'EXECUTING' | 'FINALIZING',
): Promise<readonly boolean[]> =>
  retryConflicts(async () => {
    const result = await sql<{ attempt_id: string; fence: number }>`
      with held as (
        select attempt.id
        from unnest(${leases.map(({ attemptId }) => attemptId)}::text[], ${leases.map(({ fence }) => fence)}::bigint[])
          as given (attempt_id, fence)
        join attempt on attempt.attempt_id = given.attempt_id and attempt.fence = given.fence
        where attempt.lease_until is not null
        order by attempt.id
        for no key update of attempt
      ),
      entered as (
        update attempt set state = ${state} from held where attempt.id = held.id
        returning attempt.attempt_id, attempt.fence, attempt.workflow_run_id
      ),
      event as (
        insert into workflow_event (workflow_run_id, subject, subject_id, state)
        select workflow_run_id, 'attempt', attempt_id, ${state} from entered
      )
      select attempt_id, fence from entered`.execute(db)
    return leases.map(({ attemptId, fence }) =>
      result.rows.some((row) => row.attempt_id === attemptId && row.fence === fence),
    )
  })
