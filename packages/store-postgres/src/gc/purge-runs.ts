import { type Kysely, type RawBuilder, sql } from 'kysely'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import type { Database } from '../tables/database.ts'
import { BATCH_SIZE, type DeleteArtifacts, type PurgeReport } from './selection.ts'

interface Candidate {
  readonly id: number
  readonly run_id: string
  readonly is_in_use: boolean
}

/**
 * Purges the deleted runs that fit `condition`, artifacts first. A run stays locked from the last look at its stage to
 * its end: nobody restores it in between. A run of a workflow run that has not ended stays; with an ended one the
 * workflow run goes too, and attempts that only logged to it lose the reference.
 */
export const purgeRuns = async (
  db: Kysely<Database>,
  condition: RawBuilder<boolean>,
  deleteArtifacts: DeleteArtifacts,
  report: PurgeReport,
): Promise<void> => {
  for (let after = 0; ;) {
    const candidates = await findCandidates(db, condition, after)
    const last = candidates.at(-1)
    if (last === undefined) return
    after = last.id
    for (const { run_id: runId } of candidates.filter(({ is_in_use: isInUse }) => isInUse)) {
      report.kept('run', runId, 'it belongs to a workflow run that has not ended')
    }
    const keys = candidates.filter(({ is_in_use: isInUse }) => !isInUse).map(({ id }) => id)
    const { purged, failure } = await retryOnConflict(() =>
      db.transaction().execute((transaction) => purgeBatch(transaction, keys, condition, deleteArtifacts)),
    )
    for (const runId of purged) report.purged('run', runId)
    if (failure !== undefined) throw failure.error
  }
}

const findCandidates = async (
  db: Kysely<Database>,
  condition: RawBuilder<boolean>,
  after: number,
): Promise<readonly Candidate[]> => {
  const { rows } = await sql<Candidate>`
    select run.id, run.run_id, ${isInUse} as is_in_use
    from run where run.lifecycle_stage = 'deleted' and ${condition} and run.id > ${after}
    order by run.id limit ${BATCH_SIZE}`.execute(db)
  return rows
}

const isInUse = sql<boolean>`(
  exists (select from workflow_run where workflow_run.run_id = run.run_id and workflow_run.ended_at is null)
  or exists (select from attempt join workflow_run on workflow_run.id = attempt.workflow_run_id
    where attempt.run_id = run.run_id and workflow_run.ended_at is null))`

interface Batch {
  readonly purged: readonly string[]
  /** Why it stopped before its end; what it has done so far is to be committed. */
  readonly failure?: { readonly error: unknown }
}

const purgeBatch = async (
  transaction: Kysely<Database>,
  keys: readonly number[],
  condition: RawBuilder<boolean>,
  deleteArtifacts: DeleteArtifacts,
): Promise<Batch> => {
  // The engine locks a workflow run before its MLflow run.
  await sql`
    select from workflow_run join run on run.run_id = workflow_run.run_id
    where run.id = any(${keys}::bigint[]) order by workflow_run.id for update of workflow_run`.execute(transaction)
  const { rows } = await sql<{ id: number; run_id: string; artifact_uri: string }>`
    select run.id, run.run_id, run.artifact_uri from run
    where run.id = any(${keys}::bigint[]) and run.lifecycle_stage = 'deleted' and ${condition} and not ${isInUse}
    order by run.id for update`.execute(transaction)
  const done: typeof rows = []
  let failure: Batch['failure']
  for (const row of rows) {
    try {
      await deleteArtifacts(row.artifact_uri, row.run_id)
    } catch (error) {
      failure = { error }
      break
    }
    done.push(row)
  }
  await deleteRows(
    transaction,
    done.map(({ id }) => id),
    done.map(({ run_id: runId }) => runId),
  )
  return { purged: done.map(({ run_id: runId }) => runId), ...(failure === undefined ? {} : { failure }) }
}

/** Most tables of a run's data have no foreign key (migration 0004). */
const DATA_TABLES = [
  'run_unsettled',
  'run_document',
  'run_dataset_input',
  'run_model_input',
  'run_model_output',
  'run_param',
  'run_tag',
  'run_metric',
  'metric_chunk',
] as const

const deleteRows = async (
  transaction: Kysely<Database>,
  keys: readonly number[],
  runIds: readonly string[],
): Promise<void> => {
  for (const table of DATA_TABLES) {
    await sql`delete from ${sql.table(table)} where run_id = any(${keys}::bigint[])`.execute(transaction)
  }
  await sql`
    with gone as (delete from workflow_run where run_id = any(${runIds}::text[]) returning id)
    delete from workflow_event where workflow_run_id in (select id from gone)`.execute(transaction)
  await sql`update attempt set run_id = null where run_id = any(${runIds}::text[])`.execute(transaction)
  await sql`delete from run where id = any(${keys}::bigint[])`.execute(transaction)
}
