import {
  type AttemptEnd,
  attemptStateOf,
  type CellVerdict,
  type EndKind,
  openStepState,
  runStatusOf,
} from '@tidemill/core'
import { sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { nowMs } from '../run.ts'
import { setRunTags } from '../run-tag.ts'
import type { HeldAttempt } from './lock-attempt.ts'
import { queueAttempts } from './queue-attempts.ts'
import { REASON_TAG } from './run-tags.ts'

/** An attempt's end as its worker reported it, or as the sweeper found it. */
export type RecordedEnd = Omit<AttemptEnd, 'kind'> & { readonly kind: EndKind }

/**
 * Ends the attempt, moves its cell as the verdict says and, while other cells of the step are open, the step too.
 * A child run ends with its attempt; the root run of a single entry point ends with the workflow run.
 */
export const endAttempt = async (
  trx: Transaction<Database>,
  attempt: HeldAttempt,
  end: RecordedEnd,
  verdict: CellVerdict,
): Promise<{ readonly queued: number }> => {
  const state = attemptStateOf(end.kind)
  const cell = nextCell(attempt, verdict)
  const result = await sql<{ queued: number; child_run_key: number | null }>`
    with ended as (
      update attempt set state = ${state}, ended_at = clock_timestamp(), lease_until = null,
        end_code = ${end.code}, reason = ${end.reason ?? null}, exit_code = ${end.exitCode ?? null}
      where id = ${attempt.attempt_key}
      returning attempt_id, step_cell_id, workflow_run_id, run_id
    ),
    cell as (
      update step_cell set state = ${cell.state}, reason = ${end.reason ?? null},
        user_attempts = ${verdict.userAttempts}, infrastructure_attempts = ${verdict.infrastructureAttempts},
        not_before = case when ${cell.state} = 'BACKOFF'
          then clock_timestamp() + ${cell.delayMs} * interval '1 ms' end,
        promoted_run_id = case when ${cell.state} = 'SUCCEEDED' then ended.run_id end
      from ended where step_cell.id = ended.step_cell_id
      returning step_cell.id, step_cell.workflow_run_id, step_cell.state
    ),
    step as (
      update step_run set state = coalesce(${cell.stepState}, state), open_cells = ${cell.openCells},
        backoff_cells = ${cell.backoffCells}
      where id = ${attempt.step_run_key}
    ),
    child_run as (
      update run set status = ${runStatusOf(state)}, end_time = ${nowMs}
      from ended where run.run_id = ended.run_id and run.run_id <> ${attempt.root_run_id}
      returning run.id
    ),
    ready as (select id, workflow_run_id from cell where state = 'READY'),
    ${queueAttempts},
    event as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state, reason)
      select workflow_run_id, 'attempt', attempt_id, ${state}, ${end.reason ?? null} from ended
    )
    select (select count(*)::int from queued) as queued, (select id from child_run) as child_run_key`.execute(trx)
  const row = result.rows[0]
  const childRunKey = row?.child_run_key ?? undefined
  if (childRunKey !== undefined && end.reason !== undefined) {
    await setRunTags(trx, childRunKey, [{ key: REASON_TAG, value: end.reason }])
  }
  return { queued: row?.queued ?? 0 }
}

interface CellChange {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED' | 'READY' | 'BACKOFF'
  readonly delayMs: number
  readonly openCells: number
  readonly backoffCells: number
  /** Null: the step has no open cell left, its end is judged from all cells. */
  readonly stepState: 'READY' | 'RUNNING' | 'BACKOFF' | null
}

const nextCell = (attempt: HeldAttempt, { next }: CellVerdict): CellChange => {
  const delayMs = next.kind === 'retry' ? next.delayMs : 0
  const state = next.kind === 'ended' ? next.state : delayMs > 0 ? 'BACKOFF' : 'READY'
  const openCells = attempt.open_cells - (next.kind === 'ended' ? 1 : 0)
  const backoffCells = attempt.backoff_cells + (state === 'BACKOFF' ? 1 : 0)
  const stepState = openCells === 0 ? null : openStepState({ cellCount: attempt.cell_count, openCells, backoffCells })
  return { state, delayMs, openCells, backoffCells, stepState }
}
