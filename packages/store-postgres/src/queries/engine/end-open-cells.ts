import { type AttemptEnd, type Lease, runStatusOf } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { nowMs } from '../run.ts'
import { retryConflicts } from './transaction.ts'

export interface LeaseEnd {
  readonly lease: Lease
  readonly end: AttemptEnd
}

/** Whether `endOpenCells` may be able to write this end. */
export const isPlainSuccess = (end: AttemptEnd): boolean => end.kind === 'succeeded' && end.reason === undefined

/**
 * The common ends in one statement: cells of a matrix succeed while others of their step stay open, so that step and
 * workflow run go on as they are. It takes workflow runs shared: the cells of a matrix end side by side and wait only
 * for the count of their step. Answers per end the id of the workflow run, or undefined when it was not such an end (or
 * the lease is lost) and nothing was written for it.
 */
export const endOpenCells = (
  db: Kysely<Database>,
  ends: readonly LeaseEnd[],
): Promise<readonly (string | undefined)[]> =>
  retryConflicts(async () => {
    // Attempts are locked before the counts go down: once both are held, nothing can keep the rest from matching. All
    // the last cells of a step at once do not fit the count and go the long way.
    const result = await sql<{ attempt_id: string; workflow_run_id: string }>`
      with given as (${toRows(ends)}),
      held as (
        select attempt.id, attempt.attempt_id, attempt.run_id, attempt.workflow_run_id, attempt.step_cell_id,
          step_cell.step_run_id, workflow_run.workflow_run_id as public_id, workflow_run.run_id as root_run_id,
          given.end_code, given.exit_code
        from given
        join attempt on attempt.attempt_id = given.attempt_id and attempt.fence = given.fence
        join step_cell on step_cell.id = attempt.step_cell_id
        join step_run on step_run.id = step_cell.step_run_id
        join workflow_run on workflow_run.id = attempt.workflow_run_id
        where attempt.lease_until is not null and step_run.open_cells > 1
        order by attempt.id
        for share of workflow_run for no key update of attempt
      ),
      counted as (
        select step_run.id, ending.cells
        from (select step_run_id, count(*)::int as cells from held group by step_run_id) ending
        join step_run on step_run.id = ending.step_run_id
        where step_run.open_cells > ending.cells and step_run.backoff_cells = 0
        order by step_run.id
        for no key update of step_run
      ),
      step as (
        update step_run set open_cells = open_cells - counted.cells from counted where step_run.id = counted.id
        returning step_run.id
      ),
      ending as (select held.* from held join step on step.id = held.step_run_id),
      cell as (
        update step_cell set state = 'SUCCEEDED', reason = null, promoted_run_id = ending.run_id
        from ending where step_cell.id = ending.step_cell_id
      ),
      ended as (
        update attempt set state = 'SUCCEEDED', ended_at = clock_timestamp(), lease_until = null,
          end_code = ending.end_code, exit_code = ending.exit_code
        from ending where attempt.id = ending.id
      ),
      child_run as (
        update run set status = ${runStatusOf('SUCCEEDED')}, end_time = ${nowMs}
        from ending where run.run_id = ending.run_id and run.run_id <> ending.root_run_id
      ),
      event as (
        insert into workflow_event (workflow_run_id, subject, subject_id, state)
        select workflow_run_id, 'attempt', attempt_id, 'SUCCEEDED' from ending
      )
      select attempt_id, public_id as workflow_run_id from ending`.execute(db)
    const workflowRunIds = new Map(result.rows.map((row) => [row.attempt_id, row.workflow_run_id]))
    return ends.map(({ lease: { attemptId } }) => {
      const workflowRunId = workflowRunIds.get(attemptId)
      // Of two that end the same attempt one was heard.
      workflowRunIds.delete(attemptId)
      return workflowRunId
    })
  })

/** Each attempt once: twice would count its cell twice. */
const toRows = (ends: readonly LeaseEnd[]) => sql`
  select distinct on (attempt_id) * from unnest(${ends.map(({ lease }) => lease.attemptId)}::text[],
    ${ends.map(({ lease }) => lease.fence)}::bigint[], ${ends.map(({ end }) => end.code)}::text[],
    ${ends.map(({ end }) => end.exitCode ?? null)}::int[]) as given (attempt_id, fence, end_code, exit_code)`
