import { type CellEnd, endVerb, type StepEnd, stepReason } from '@tidemill/core'
import { sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import type { HeldAttempt } from './lock-attempt.ts'
import { queueAttempts } from './queue-attempts.ts'

interface ClosedStep {
  readonly queued: number
  /** Of the workflow run. */
  readonly openSteps: number
}

/** Cells of a step that did not succeed, by index. */
export const listUnsuccessfulCells = async (trx: Transaction<Database>, stepRunKey: number): Promise<CellEnd[]> => {
  const rows = await trx
    .selectFrom('step_cell')
    .where('step_run_id', '=', stepRunKey)
    .where('state', '<>', 'SUCCEEDED')
    .orderBy('cell_index')
    .select(['cell_index', 'state', 'reason'])
    .execute()
  return rows.map(({ cell_index, state, reason }) => ({
    index: cell_index,
    state,
    ...(reason === null ? {} : { reason }),
  }))
}

/** Ends a step: its dependents become ready, or can never run. */
export const endStep = (trx: Transaction<Database>, attempt: HeldAttempt, end: StepEnd): Promise<ClosedStep> =>
  end.state === 'SUCCEEDED' ? succeedStep(trx, attempt) : failStep(trx, attempt, end)

const succeedStep = async (trx: Transaction<Database>, attempt: HeldAttempt): Promise<ClosedStep> => {
  const result = await sql<{ queued: number; open_steps: number }>`
    with done as (
      update step_run set state = 'SUCCEEDED', reason = null where id = ${attempt.step_run_key}
    ),
    nearer as (
      update step_run set pending_needs = pending_needs - 1,
        state = case when pending_needs = 1 then 'READY' else state end
      from step_edge
      where step_edge.needs_step_run_id = ${attempt.step_run_key} and step_run.id = step_edge.step_run_id
        and step_run.state = 'BLOCKED'
      returning step_run.id, step_run.pending_needs
    ),
    ready as (
      update step_cell set state = 'READY' from nearer
      where step_cell.step_run_id = nearer.id and nearer.pending_needs = 0 and step_cell.state = 'BLOCKED'
      returning step_cell.id, step_cell.workflow_run_id
    ),
    ${queueAttempts},
    closed as (
      update workflow_run set open_steps = open_steps - 1 where id = ${attempt.workflow_run_key} returning open_steps
    ),
    event as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state)
      values (${attempt.workflow_run_key}, 'step_run', ${attempt.step_key}, 'SUCCEEDED')
    )
    select (select count(*)::int from queued) as queued, open_steps from closed`.execute(trx)
  return toClosedStep(result.rows[0])
}

const failStep = async (trx: Transaction<Database>, attempt: HeldAttempt, end: StepEnd): Promise<ClosedStep> => {
  const reason = stepReason(end, attempt.cell_count) ?? null
  const skipReason = `step '${attempt.step_key}' ${endVerb(end.state)}`
  const result = await sql<{ open_steps: number }>`
    with recursive downstream as (
      select step_run_id as id from step_edge where needs_step_run_id = ${attempt.step_run_key}
      union
      select step_edge.step_run_id from step_edge join downstream on step_edge.needs_step_run_id = downstream.id
    ),
    done as (
      update step_run set state = ${end.state}, reason = ${reason} where id = ${attempt.step_run_key}
    ),
    skipped as (
      update step_run set state = 'UPSTREAM_FAILED', reason = ${skipReason}, open_cells = 0
      from downstream where step_run.id = downstream.id and step_run.state = 'BLOCKED'
      returning step_run.id, step_run.key, step_run.workflow_run_id
    ),
    skipped_cells as (
      update step_cell set state = 'UPSTREAM_FAILED', reason = ${skipReason}
      from skipped where step_cell.step_run_id = skipped.id
    ),
    event as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state, reason)
      values (${attempt.workflow_run_key}::bigint, 'step_run', ${attempt.step_key}, ${end.state}, ${reason}::text)
      union all
      select workflow_run_id, 'step_run', key, 'UPSTREAM_FAILED', ${skipReason} from skipped
    )
    update workflow_run set open_steps = open_steps - 1 - (select count(*) from skipped)
    where id = ${attempt.workflow_run_key}
    returning open_steps`.execute(trx)
  return toClosedStep(result.rows[0])
}

const toClosedStep = (row: { readonly queued?: number; readonly open_steps: number } | undefined): ClosedStep => {
  if (row === undefined) throw new Error('The workflow run of a locked step is gone')
  return { queued: row.queued ?? 0, openSteps: row.open_steps }
}
