import { randomUUID } from 'node:crypto'
import { appendToUri, RUN_NAME_TAG } from '@tidemill/core'
import { sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { markUnsettled } from '../../write-path/mark-unsettled.ts'
import { setRunTags } from '../run-tag.ts'
import { nowMs } from '../run.ts'
import { childTags, type PreparingAttempt } from './preparing-attempt.ts'
import { REASON_TAG } from './run-tags.ts'

/**
 * Gives a single entry point's next attempt a clean root run: what the attempt before logged goes to a child run of
 * its own, with the artifact directory, and the root gets a fresh one. So the root has exactly the data of the attempt
 * that wins, and nothing is lost. Does nothing when no earlier attempt came as far as logging.
 */
export const setAsideEarlierAttempt = async (trx: Transaction<Database>, attempt: PreparingAttempt): Promise<void> => {
  const earlier = await findEarlierAttempt(trx, attempt)
  if (earlier === undefined) return
  const runId = randomUUID().replaceAll('-', '')
  const name = `${earlier.root_name} attempt ${earlier.number}`
  const child = await insertChildOf(trx, attempt.root_run_id, { runId, name })
  await moveLoggedData(trx, attempt, { from: child.root_key, to: child.id, toRunId: runId })
  await markUnsettled(trx, [child.root_key, child.id])
  await setRunTags(trx, child.id, [
    ...childTags({ ...attempt, number: earlier.number }),
    { key: RUN_NAME_TAG, value: name },
    ...(earlier.reason === null ? [] : [{ key: REASON_TAG, value: earlier.reason }]),
  ])
  await trx.updateTable('attempt').set({ run_id: runId }).where('id', '=', earlier.id).execute()
  await freshArtifactUri(trx, attempt)
}

const findEarlierAttempt = (trx: Transaction<Database>, attempt: PreparingAttempt) =>
  trx
    .selectFrom('attempt')
    .innerJoin('run', 'run.run_id', 'attempt.run_id')
    .where('attempt.step_cell_id', '=', attempt.step_cell_key)
    .where('attempt.number', '<', attempt.number)
    .where('attempt.run_id', '=', attempt.root_run_id)
    .orderBy('attempt.number', 'desc')
    .select(['attempt.id', 'attempt.number', 'attempt.reason', 'run.name as root_name'])
    .executeTakeFirst()

/**
 * Takes over experiment, user, start, artifact directory and mark of settled points of the root, which stays locked.
 */
const insertChildOf = async (
  trx: Transaction<Database>,
  rootRunId: string,
  child: { readonly runId: string; readonly name: string },
): Promise<{ readonly id: number; readonly root_key: number }> => {
  const result = await sql<{ id: number; root_key: number }>`
    with root as (select * from run where run_id = ${rootRunId} for no key update)
    insert into run
      (run_id, experiment_id, name, user_id, status, start_time, end_time, artifact_uri, settled_chunk)
    select ${child.runId}, experiment_id, ${child.name}, user_id, 'FAILED', start_time, ${nowMs}, artifact_uri,
      settled_chunk
    from root
    returning id, (select id from root) as root_key`.execute(trx)
  const row = result.rows[0]
  if (row === undefined) throw new Error(`The workflow run's own run ${rootRunId} is gone`)
  return row
}

const moveLoggedData = async (
  trx: Transaction<Database>,
  attempt: PreparingAttempt,
  { from, to, toRunId }: { readonly from: number; readonly to: number; readonly toRunId: string },
): Promise<void> => {
  await sql`
    with chunks as (update metric_chunk set run_id = ${to} where run_id = ${from}),
    summaries as (update run_metric set run_id = ${to} where run_id = ${from}),
    datasets as (update run_dataset_input set run_id = ${to} where run_id = ${from}),
    model_inputs as (update run_model_input set run_id = ${to} where run_id = ${from}),
    model_outputs as (update run_model_output set run_id = ${to} where run_id = ${from}),
    models as (
      update logged_model set source_run_id = ${toRunId} where source_run_id = ${attempt.root_run_id}
      returning id
    ),
    model_metrics as (
      update logged_model_metric set run_id = ${toRunId} from models
      where logged_model_metric.model_id = models.id and logged_model_metric.run_id = ${attempt.root_run_id}
    ),
    versions as (update model_version set run_id = ${toRunId} where run_id = ${attempt.root_run_id}),
    tags as (
      update run_tag set run_id = ${to} from entity_key
      where run_tag.run_id = ${from} and entity_key.id = run_tag.key_id
        and not starts_with(entity_key.key, 'mlflow.') and not starts_with(entity_key.key, 'tidemill.')
    )
    update run_param set run_id = ${to} from entity_key
    where run_param.run_id = ${from} and entity_key.id = run_param.key_id
      and entity_key.key not in (
        select submitted.key from workflow_run
        cross join lateral json_object_keys(workflow_run.parameters) as submitted (key)
        where workflow_run.workflow_run_id = ${attempt.workflow_run_id}
      )`.execute(trx)
}

const freshArtifactUri = async (trx: Transaction<Database>, attempt: PreparingAttempt): Promise<void> => {
  const { artifact_location } = await trx
    .selectFrom('experiment')
    .where('experiment_id', '=', attempt.experiment_id)
    .select('artifact_location')
    .executeTakeFirstOrThrow()
  const artifactUri = appendToUri(
    artifact_location,
    attempt.root_run_id,
    'attempts',
    String(attempt.number),
    'artifacts',
  )
  await trx.updateTable('run').set({ artifact_uri: artifactUri }).where('run_id', '=', attempt.root_run_id).execute()
}
