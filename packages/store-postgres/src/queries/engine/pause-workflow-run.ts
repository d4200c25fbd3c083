import { ResourceConflictError } from '@tidemill/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { unknownWorkflowRun } from './find-workflow-runs.ts'
import { lockWorkflowRun } from './lock-attempt.ts'
import { redispatch } from './redispatch.ts'
import { transact } from './transaction.ts'

/** Tickets of a paused workflow run find nothing to claim. Throws ResourceDoesNotExistError and ResourceConflictError. */
export const pauseWorkflowRun = (db: Kysely<Database>, workflowRunId: string): Promise<void> =>
  transact(db, async (trx) => {
    const workflowRun = await lockWorkflowRun(trx, workflowRunId)
    if (workflowRun === undefined) throw unknownWorkflowRun(workflowRunId)
    const state = workflowRun.workflow_run_state
    if (state !== 'QUEUED' && state !== 'RUNNING') {
      throw new ResourceConflictError(
        `Workflow run ${workflowRunId} is ${state}. Only one that is QUEUED or RUNNING can be paused.`,
      )
    }
    await setState(trx, workflowRun.workflow_run_key, sql`'PAUSED'`)
  })

/** Queued attempts get new tickets. Throws ResourceDoesNotExistError and ResourceConflictError. */
export const resumeWorkflowRun = (db: Kysely<Database>, workflowRunId: string): Promise<void> =>
  transact(db, async (trx) => {
    const workflowRun = await lockWorkflowRun(trx, workflowRunId)
    if (workflowRun === undefined) throw unknownWorkflowRun(workflowRunId)
    if (workflowRun.workflow_run_state !== 'PAUSED') {
      throw new ResourceConflictError(
        `Workflow run ${workflowRunId} is ${workflowRun.workflow_run_state}. Only one that is PAUSED can be resumed.`,
      )
    }
    await setState(
      trx,
      workflowRun.workflow_run_key,
      sql`case when started_at is null then 'QUEUED' else 'RUNNING' end`,
    )
    await redispatch(trx, sql`attempt.workflow_run_id = ${workflowRun.workflow_run_key}`)
  })

const setState = async (trx: Transaction<Database>, key: number, state: ReturnType<typeof sql>): Promise<void> => {
  await sql`
    with changed as (
      update workflow_run set state = ${state} where id = ${key} returning id, workflow_run_id, state
    )
    insert into workflow_event (workflow_run_id, subject, subject_id, state)
    select id, 'workflow_run', workflow_run_id, state from changed`.execute(trx)
}
