import {
  CANCELLED_REASON,
  type CellEnd,
  endOfStep,
  endOfWorkflowRun,
  isTerminalStepRun,
  isTerminalWorkflowRun,
  ResourceConflictError,
  type StepRunState,
  stepReason,
} from '@tidemill/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { endWorkflowRun } from './end-workflow-run.ts'
import { unknownWorkflowRun } from './find-workflow-runs.ts'
import { type HeldWorkflowRun, lockWorkflowRun } from './lock-attempt.ts'
import { transact } from './transaction.ts'

/**
 * What has not started ends at once; running attempts are told by their heartbeat and end the workflow run when they
 * end. Throws ResourceDoesNotExistError, and ResourceConflictError for a workflow run that has ended.
 */
export const cancelWorkflowRun = (db: Kysely<Database>, workflowRunId: string): Promise<void> =>
  transact(db, async (trx) => {
    const workflowRun = await lockWorkflowRun(trx, workflowRunId)
    if (workflowRun === undefined) throw unknownWorkflowRun(workflowRunId)
    const state = workflowRun.workflow_run_state
    if (state === 'CANCELLING') return
    if (isTerminalWorkflowRun(state)) {
      throw new ResourceConflictError(
        `Workflow run ${workflowRunId} has already ended as ${state}, there is nothing to cancel.`,
      )
    }
    await cancelAttemptsAndCells(trx, workflowRun)
    const openSteps = await settleSteps(trx, workflowRun)
    await trx
      .updateTable('workflow_run')
      .set({ state: 'CANCELLING', reason: CANCELLED_REASON, open_steps: openSteps })
      .where('id', '=', workflowRun.workflow_run_key)
      .execute()
    if (openSteps === 0) await endWorkflowRun(trx, workflowRun, endOfWorkflowRun([], true))
  })

const cancelAttemptsAndCells = async (
  trx: Transaction<Database>,
  { workflow_run_key, workflow_run_id }: HeldWorkflowRun,
): Promise<void> => {
  // Cells before attempts: the order in which everyone locks.
  await sql`
    update step_cell set state = 'CANCELLED', reason = ${CANCELLED_REASON}, not_before = null
    where workflow_run_id = ${workflow_run_key} and state in ('BLOCKED', 'READY', 'BACKOFF')`.execute(trx)
  await sql`
    with open as (
      select id, state from attempt where workflow_run_id = ${workflow_run_key} and ended_at is null
      order by id
      for no key update
    ),
    told as (
      update attempt set is_cancel_requested = true from open where attempt.id = open.id and open.state <> 'QUEUED'
    ),
    ended as (
      update attempt set state = 'CANCELLED', ended_at = clock_timestamp(), end_code = 'cancelled',
        reason = ${CANCELLED_REASON}
      from open where attempt.id = open.id and open.state = 'QUEUED'
      returning attempt.attempt_id
    )
    insert into workflow_event (workflow_run_id, subject, subject_id, state)
    values (${workflow_run_key}::bigint, 'workflow_run', ${workflow_run_id}, 'CANCELLING')
    union all
    select ${workflow_run_key}::bigint, 'attempt', attempt_id, 'CANCELLED' from ended`.execute(trx)
}

/** Gives every open step the state that its cells leave it; answers how many are open still. */
const settleSteps = async (trx: Transaction<Database>, { workflow_run_key }: HeldWorkflowRun): Promise<number> => {
  const settled = (await listOpenSteps(trx, workflow_run_key)).map(settle)
  await sql`
    with settled as (
      select * from json_to_recordset(${JSON.stringify(settled)}::json)
        as step (id bigint, key text, state text, reason text, open_cells int)
    ),
    ended as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state, reason)
      select ${workflow_run_key}, 'step_run', key, state, reason from settled where open_cells = 0
    )
    update step_run set state = settled.state, reason = settled.reason, open_cells = settled.open_cells,
      backoff_cells = 0
    from settled where step_run.id = settled.id`.execute(trx)
  return settled.filter(({ open_cells }) => open_cells > 0).length
}

interface OpenStep {
  readonly id: number
  readonly key: string
  readonly cells: readonly CellEnd[]
}

const listOpenSteps = async (trx: Transaction<Database>, workflowRunKey: number): Promise<OpenStep[]> => {
  const result = await sql<{
    id: number
    key: string
    cells: { index: number; state: StepRunState; reason: string | null }[]
  }>`
    select step_run.id, step_run.key,
      json_agg(json_build_object('index', step_cell.cell_index, 'state', step_cell.state, 'reason', step_cell.reason)
        order by step_cell.cell_index) as cells
    from step_run join step_cell on step_cell.step_run_id = step_run.id
    where step_run.workflow_run_id = ${workflowRunKey} and step_run.open_cells > 0
    group by step_run.id
    order by step_run.id`.execute(trx)
  return result.rows.map(({ id, key, cells }) => ({
    id,
    key,
    cells: cells.map(({ reason, ...cell }) => ({ ...cell, ...(reason === null ? {} : { reason }) })),
  }))
}

const settle = ({ id, key, cells }: OpenStep) => {
  const end = endOfStep(cells)
  if (end !== undefined) {
    return { id, key, state: end.state, reason: stepReason(end, cells.length) ?? null, open_cells: 0 }
  }
  const openCells = cells.filter(({ state }) => !isTerminalStepRun(state)).length
  // Cells that are open now are running: those in backoff and in the queue have just ended.
  return { id, key, state: 'RUNNING', reason: null, open_cells: openCells }
}
