import { endOfWorkflowRun, isTerminalWorkflowRun, ResourceConflictError } from '@tidemill/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { setRunStatus } from '../run.ts'
import { deleteRunTag } from '../run-tag.ts'
import { endWorkflowRun } from './end-workflow-run.ts'
import { unknownWorkflowRun } from './find-workflow-runs.ts'
import { type HeldWorkflowRun, lockWorkflowRun } from './lock-attempt.ts'
import { queueAttempts } from './queue-attempts.ts'
import { REASON_TAG } from './run-tags.ts'
import { transact } from './transaction.ts'

/**
 * Opens a workflow run again that ended without success: a new round, in which every cell that did not succeed starts
 * over with fresh budgets. Throws ResourceDoesNotExistError and ResourceConflictError.
 */
export const retryWorkflowRun = (db: Kysely<Database>, workflowRunId: string): Promise<void> =>
  transact(db, async (trx) => {
    const workflowRun = await lockWorkflowRun(trx, workflowRunId)
    if (workflowRun === undefined) throw unknownWorkflowRun(workflowRunId)
    const state = workflowRun.workflow_run_state
    if (state === 'SUCCEEDED' || !isTerminalWorkflowRun(state)) {
      throw new ResourceConflictError(
        `Workflow run ${workflowRunId} is ${state}. Only one that ended as FAILED, TIMED_OUT or CANCELLED can be retried.`,
      )
    }
    const openSteps = await reopenSteps(trx, workflowRun)
    await queueReadySteps(trx, workflowRun)
    await setRunStatus(trx, workflowRun.root_run_id, 'RUNNING', null)
    await deleteRunTag(trx, workflowRun.root_run_id, REASON_TAG)
    // Cancelled while its last attempts succeeded: nothing is left to do.
    if (openSteps === 0) await endWorkflowRun(trx, workflowRun, endOfWorkflowRun([], false))
  })

/** Answers how many steps are open. */
const reopenSteps = async (
  trx: Transaction<Database>,
  { workflow_run_key, workflow_run_id }: HeldWorkflowRun,
): Promise<number> => {
  const result = await sql<{ open_steps: number }>`
    with reset as (
      update step_cell set state = 'BLOCKED', reason = null, not_before = null, user_attempts = 0,
        infrastructure_attempts = 0
      where workflow_run_id = ${workflow_run_key} and state <> 'SUCCEEDED'
      returning step_run_id
    ),
    reopened as (
      update step_run set state = 'BLOCKED', reason = null, backoff_cells = 0, open_cells = reset.cells,
        pending_needs = (
          select count(*) from step_edge join step_run needed on needed.id = step_edge.needs_step_run_id
          where step_edge.step_run_id = step_run.id and needed.state <> 'SUCCEEDED'
        )
      from (select step_run_id, count(*)::int as cells from reset group by step_run_id) reset
      where step_run.id = reset.step_run_id
      returning step_run.id
    ),
    event as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state)
      values (${workflow_run_key}, 'workflow_run', ${workflow_run_id}, 'QUEUED')
    )
    update workflow_run set state = 'QUEUED', round = round + 1, reason = null, ended_at = null,
      open_steps = (select count(*) from reopened)
    where id = ${workflow_run_key}
    returning open_steps`.execute(trx)
  return result.rows[0]?.open_steps ?? 0
}

const queueReadySteps = async (trx: Transaction<Database>, { workflow_run_key }: HeldWorkflowRun): Promise<void> => {
  await sql`
    with ready_step as (
      update step_run set state = 'READY'
      where workflow_run_id = ${workflow_run_key} and state = 'BLOCKED' and pending_needs = 0
      returning id
    ),
    ready as (
      update step_cell set state = 'READY' from ready_step
      where step_cell.step_run_id = ready_step.id and step_cell.state = 'BLOCKED'
      returning step_cell.id, step_cell.workflow_run_id
    ),
    ${queueAttempts}
    select count(*) from queued`.execute(trx)
}
