import { type AttemptEnd, type CellEnd, endOfStep, endOfWorkflowRun, judgeEnd, type Lease } from '@tidemill/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { endAttempt, type RecordedEnd } from './end-attempt.ts'
import { endStep, listUnsuccessfulCells } from './end-step.ts'
import { endWorkflowRun, listUnsuccessfulSteps } from './end-workflow-run.ts'
import { type HeldAttempt, lockAttempt } from './lock-attempt.ts'
import { transact } from './transaction.ts'

/** What a transition did, for the wakes after its commit. */
export interface Transition {
  readonly workflowRunId: string
  /** Attempts that were queued. */
  readonly queued: number
}

/** Undefined: the lease is lost and nothing was written. */
export const finishAttempt = (db: Kysely<Database>, lease: Lease, end: AttemptEnd): Promise<Transition | undefined> =>
  transact(db, async (trx) => {
    const attempt = await lockAttempt(
      trx,
      sql`attempt.attempt_id = ${lease.attemptId} and attempt.fence = ${lease.fence} and attempt.lease_until is not null`,
    )
    return attempt === undefined ? undefined : applyEnd(trx, attempt, end)
  })

/** Carries an attempt's end through its cell, step and workflow run. The caller has locked them. */
export const applyEnd = async (
  trx: Transaction<Database>,
  attempt: HeldAttempt,
  given: RecordedEnd,
): Promise<Transition> => {
  const end = { ...given, ...(given.reason === undefined ? {} : { reason: toStorableReason(given.reason) }) }
  const isCancelling = attempt.workflow_run_state === 'CANCELLING'
  const verdict = judgeEnd(end, {
    retry: attempt.retry,
    userAttempts: attempt.user_attempts,
    infrastructureAttempts: attempt.infrastructure_attempts,
    isCancelling,
  })
  const { queued } = await endAttempt(trx, attempt, end, verdict)
  const isLastCell = attempt.open_cells === 1 && verdict.next.kind === 'ended'
  if (!isLastCell) return { workflowRunId: attempt.workflow_run_id, queued }

  const own: CellEnd = {
    index: attempt.cell_index,
    state: verdict.next.state,
    ...(end.reason === undefined ? {} : { reason: end.reason }),
  }
  const cells = attempt.cell_count === 1 ? [own] : await listUnsuccessfulCells(trx, attempt.step_run_key)
  const stepEnd = endOfStep(cells)
  if (stepEnd === undefined) throw new Error(`Step ${attempt.step_key} has no open cell by its count, but one by state`)
  const closed = await endStep(trx, attempt, stepEnd)
  if (closed.openSteps === 0) {
    const steps =
      attempt.target === 'entry_point'
        ? [{ key: attempt.step_key, cellCount: attempt.cell_count, ...stepEnd }]
        : await listUnsuccessfulSteps(trx, attempt.workflow_run_key)
    await endWorkflowRun(trx, attempt, endOfWorkflowRun(steps, isCancelling))
  }
  return { workflowRunId: attempt.workflow_run_id, queued: closed.queued }
}

const MAX_REASON_LENGTH = 5_000

/** Postgres keeps no NUL; a build tool's last lines may hold one. */
const toStorableReason = (reason: string): string => reason.slice(0, MAX_REASON_LENGTH).replaceAll('\0', '\uFFFD')
