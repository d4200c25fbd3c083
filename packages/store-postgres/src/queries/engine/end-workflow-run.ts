import { type EndedStep, runStatusOf, type WorkflowRunEnd } from '@tidemill/core'
import { sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { nowMs } from '../run.ts'
import { setRunTags } from '../run-tag.ts'
import type { HeldWorkflowRun } from './lock-attempt.ts'
import { REASON_TAG } from './run-tags.ts'

/** Steps that did not succeed, in definition order, each with its first cell in the same state. */
export const listUnsuccessfulSteps = async (
  trx: Transaction<Database>,
  workflowRunKey: number,
): Promise<EndedStep[]> => {
  const rows = await trx
    .selectFrom('step_run')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('step_cell')
          .whereRef('step_cell.step_run_id', '=', 'step_run.id')
          .whereRef('step_cell.state', '=', 'step_run.state')
          .orderBy('step_cell.cell_index')
          .limit(1)
          .select(['step_cell.cell_index', 'step_cell.reason'])
          .as('culprit'),
      (join) => join.onTrue(),
    )
    .where('step_run.workflow_run_id', '=', workflowRunKey)
    .where('step_run.state', '<>', 'SUCCEEDED')
    .orderBy('step_run.position')
    .select(['step_run.key', 'step_run.state', 'step_run.cell_count', 'culprit.cell_index', 'culprit.reason'])
    .execute()
  return rows.map(({ key, state, cell_count, cell_index, reason }) => ({
    key,
    state,
    cellCount: cell_count,
    ...(cell_index === null ? {} : { culprit: { index: cell_index, state, ...(reason === null ? {} : { reason }) } }),
  }))
}

/** Ends the workflow run and its MLflow run. */
export const endWorkflowRun = async (
  trx: Transaction<Database>,
  { workflow_run_key, root_run_id }: HeldWorkflowRun,
  end: WorkflowRunEnd,
): Promise<void> => {
  const result = await sql<{ root_run_key: number }>`
    with ended as (
      update workflow_run set state = ${end.state}, reason = ${end.reason ?? null}, ended_at = clock_timestamp()
      where id = ${workflow_run_key}
      returning id, workflow_run_id
    ),
    event as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state, reason)
      select id, 'workflow_run', workflow_run_id, ${end.state}, ${end.reason ?? null} from ended
    )
    update run set status = ${runStatusOf(end.state)}, end_time = ${nowMs}
    where run_id = ${root_run_id}
    returning id as root_run_key`.execute(trx)
  const rootRunKey = result.rows[0]?.root_run_key
  if (rootRunKey === undefined || end.reason === undefined) return
  await setRunTags(trx, rootRunKey, [{ key: REASON_TAG, value: end.reason }])
}
