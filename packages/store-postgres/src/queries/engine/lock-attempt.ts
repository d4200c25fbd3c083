import type { RetryPolicy, WorkflowRunState } from '@tidemill/core'
import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'

/** A workflow run that the transaction has locked. `…_key` are keys inside the database. */
export interface HeldWorkflowRun {
  readonly workflow_run_key: number
  readonly workflow_run_id: string
  readonly workflow_run_state: WorkflowRunState
  readonly target: 'workflow' | 'entry_point'
  readonly root_run_id: string
}

/** An attempt with the cell, step and workflow run above it, as they are while the transaction holds them. */
export interface HeldAttempt extends HeldWorkflowRun {
  readonly step_run_key: number
  readonly step_key: string
  readonly retry: RetryPolicy
  readonly cell_count: number
  readonly open_cells: number
  readonly backoff_cells: number
  readonly cell_key: number
  readonly cell_index: number
  readonly user_attempts: number
  readonly infrastructure_attempts: number
  readonly attempt_key: number
  readonly attempt_id: string
  readonly worker_id: string | null
}

/** Undefined when no attempt matches `guard`, a condition on the table `attempt`, once the locks are held. */
export const lockAttempt = async (
  trx: Transaction<Database>,
  guard: RawBuilder<unknown>,
): Promise<HeldAttempt | undefined> => {
  // All four are locked, so that the row holds their values of now and not of the statement's start.
  const result = await sql<HeldAttempt>`
    select workflow_run.id as workflow_run_key, workflow_run.workflow_run_id,
      workflow_run.state as workflow_run_state, workflow_run.target, workflow_run.run_id as root_run_id,
      step_run.id as step_run_key, step_run.key as step_key, step_run.retry, step_run.cell_count, step_run.open_cells,
      step_run.backoff_cells, step_cell.id as cell_key, step_cell.cell_index, step_cell.user_attempts,
      step_cell.infrastructure_attempts, attempt.id as attempt_key, attempt.attempt_id, attempt.worker_id
    from attempt
    join step_cell on step_cell.id = attempt.step_cell_id
    join step_run on step_run.id = step_cell.step_run_id
    join workflow_run on workflow_run.id = attempt.workflow_run_id
    where ${guard}
    for no key update of workflow_run, step_run, step_cell, attempt`.execute(trx)
  return result.rows[0]
}

/** Undefined when there is none. */
export const lockWorkflowRun = async (
  trx: Transaction<Database>,
  workflowRunId: string,
): Promise<HeldWorkflowRun | undefined> => {
  const row = await trx
    .selectFrom('workflow_run')
    .where('workflow_run_id', '=', workflowRunId)
    .select([
      'id as workflow_run_key',
      'workflow_run_id',
      'state as workflow_run_state',
      'target',
      'run_id as root_run_id',
    ])
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row
}
