import { randomUUID } from 'node:crypto'
import { type Lease, type Param, RUN_NAME_TAG, type Tag } from '@tidemill/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import type { EntityKeys, KeyIds } from '../entity-key.ts'
import { insertRun } from '../run.ts'
import { insertRunParams } from '../run-param.ts'
import { setRunTags } from '../run-tag.ts'
import { childRunName, childTags, type PreparingAttempt } from './preparing-attempt.ts'
import { ATTEMPT_TAG, PARENT_RUN_ID_TAG, STEP_KEY_TAG, WORKFLOW_RUN_ID_TAG } from './run-tags.ts'
import { setAsideEarlierAttempt } from './set-aside-attempt.ts'
import { transact } from './transaction.ts'

export interface AttemptRun {
  readonly runId: string
  readonly artifactUri: string
}

/** Undefined: the lease is lost. */
export const prepareAttempt = async (
  db: Kysely<Database>,
  keys: EntityKeys,
  lease: Lease,
  run: { readonly params: readonly Param[]; readonly tags: readonly Tag[] },
): Promise<AttemptRun | undefined> => {
  const keyIds = await keys.idsOf([...run.params, ...run.tags, ...ENGINE_TAGS].map(({ key }) => key))
  const childRunId = randomUUID().replaceAll('-', '')
  return transact(db, async (trx) => {
    const attempt = await startPreparing(trx, lease, childRunId)
    if (attempt === undefined) return undefined
    return attempt.target === 'entry_point'
      ? takeRootRun(trx, attempt, run, keyIds)
      : createChildRun(trx, attempt, childRunId, run, keyIds)
  })
}

const ENGINE_TAGS = [RUN_NAME_TAG, PARENT_RUN_ID_TAG, WORKFLOW_RUN_ID_TAG, STEP_KEY_TAG, ATTEMPT_TAG].map((key) => ({
  key,
}))

const startPreparing = async (
  trx: Transaction<Database>,
  lease: Lease,
  childRunId: string,
): Promise<PreparingAttempt | undefined> => {
  const result = await sql<PreparingAttempt>`
    with preparing as (
      update attempt set state = 'PREPARING',
        run_id = case when workflow_run.target = 'entry_point' then workflow_run.run_id else ${childRunId} end
      from workflow_run
      where attempt.attempt_id = ${lease.attemptId} and attempt.fence = ${lease.fence} and attempt.state = 'LEASED'
        and workflow_run.id = attempt.workflow_run_id
      returning attempt.id, attempt.attempt_id, attempt.number, attempt.step_cell_id, attempt.workflow_run_id
    ),
    event as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state)
      select workflow_run_id, 'attempt', attempt_id, 'PREPARING' from preparing
    )
    select preparing.id as attempt_key, preparing.step_cell_id as step_cell_key, preparing.number,
      step_cell.cell_index, step_run.cell_count, step_run.key as step_key, workflow_run.workflow_run_id,
      workflow_run.target, workflow_run.run_id as root_run_id, workflow_run.experiment_id, workflow_run.user_id
    from preparing
    join step_cell on step_cell.id = preparing.step_cell_id
    join step_run on step_run.id = step_cell.step_run_id
    join workflow_run on workflow_run.id = preparing.workflow_run_id`.execute(trx)
  return result.rows[0]
}

const createChildRun = async (
  trx: Transaction<Database>,
  attempt: PreparingAttempt,
  runId: string,
  run: { readonly params: readonly Param[]; readonly tags: readonly Tag[] },
  keyIds: KeyIds,
): Promise<AttemptRun> => {
  const name = childRunName(attempt)
  const { id, artifact_uri } = await insertRun(trx, {
    runId,
    experimentId: attempt.experiment_id,
    name,
    userId: attempt.user_id,
    status: 'RUNNING',
  })
  await insertRunParams(trx, id, run.params, keyIds)
  await setRunTags(trx, id, [...run.tags, { key: RUN_NAME_TAG, value: name }, ...childTags(attempt)], keyIds)
  return { runId, artifactUri: artifact_uri }
}

const takeRootRun = async (
  trx: Transaction<Database>,
  attempt: PreparingAttempt,
  run: { readonly params: readonly Param[]; readonly tags: readonly Tag[] },
  keyIds: KeyIds,
): Promise<AttemptRun> => {
  if (attempt.number > 1) await setAsideEarlierAttempt(trx, attempt)
  // The code of an earlier attempt may have ended the run.
  const root = await trx
    .updateTable('run')
    .set({ status: 'RUNNING', end_time: null })
    .where('run_id', '=', attempt.root_run_id)
    .returning(['id', 'artifact_uri'])
    .executeTakeFirstOrThrow()
  await insertRunParams(trx, root.id, run.params, keyIds)
  const tags = [
    ...run.tags,
    { key: STEP_KEY_TAG, value: attempt.step_key },
    { key: ATTEMPT_TAG, value: String(attempt.number) },
  ]
  await setRunTags(trx, root.id, tags, keyIds)
  return { runId: attempt.root_run_id, artifactUri: root.artifact_uri }
}
