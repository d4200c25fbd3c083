import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { OpenDatabase } from '../database/open-database.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { checkSelection } from './check-selection.ts'
import { purgeLoggedModels } from './purge-logged-models.ts'
import { purgeRuns } from './purge-runs.ts'
import type { DeleteArtifacts, PurgeReport, PurgeSelection } from './selection.ts'

/**
 * Removes for good what was deleted: runs, logged models, and experiments with all that is in them. Nothing goes that
 * was deleted less than `olderThanMs` ago. Throws ResourceDoesNotExistError and InvalidParameterValueError for ids
 * that cannot go, before anything does, and whatever `deleteArtifacts` throws.
 */
export const collectGarbage = async (
  { db }: OpenDatabase,
  selection: PurgeSelection,
  deleteArtifacts: DeleteArtifacts,
  report: PurgeReport,
): Promise<void> => {
  await checkSelection(db, selection)
  const { olderThanMs = 0, runIds, experimentIds, loggedModelIds } = selection
  const isEverything = runIds === undefined && experimentIds === undefined && loggedModelIds === undefined
  const limit = sql<number>`((extract(epoch from clock_timestamp()) * 1000)::bigint - ${olderThanMs}::bigint)`
  const isOldRun = sql<boolean>`coalesce(run.deleted_time, 0) <= ${limit}`
  const isOldModel = sql<boolean>`logged_model.lifecycle_stage = 'deleted' and logged_model.last_update_time <= ${limit}`

  if (isEverything || runIds !== undefined) {
    await purgeRuns(db, sql`${isOldRun} and ${among('run.run_id', runIds)}`, deleteArtifacts, report)
  }
  if (isEverything || loggedModelIds !== undefined) {
    const condition = sql<boolean>`${isOldModel} and ${among('logged_model.model_id', loggedModelIds)}`
    await purgeLoggedModels(db, condition, deleteArtifacts, report)
  }
  if (isEverything || experimentIds !== undefined) {
    for (const id of await findExperiments(db, limit, experimentIds)) {
      const isOldRunOfIt = sql<boolean>`${isOldRun} and run.experiment_id = ${id}`
      await purgeRuns(db, isOldRunOfIt, deleteArtifacts, report)
      await purgeExperiment(db, id, limit, deleteArtifacts, report)
    }
  }
}

/** Ids that were named, or all. */
const among = (column: string, ids: readonly string[] | undefined): RawBuilder<boolean> =>
  ids === undefined ? sql<boolean>`true` : sql<boolean>`${sql.ref(column)} = any(${ids}::text[])`

const findExperiments = async (
  db: Kysely<Database>,
  limit: RawBuilder<number>,
  ids: readonly string[] | undefined,
): Promise<readonly ExperimentKey[]> => {
  const named = ids === undefined ? sql<boolean>`true` : sql<boolean>`experiment_id::text = any(${ids}::text[])`
  const { rows } = await sql<{ experiment_id: ExperimentKey }>`
    select experiment_id from experiment
    where lifecycle_stage = 'deleted' and last_update_time <= ${limit} and ${named} order by experiment_id`.execute(db)
  return rows.map(({ experiment_id: id }) => id)
}

/** An experiment goes when no run is left in it; its logged models, deleted or not, go with it. */
const purgeExperiment = async (
  db: Kysely<Database>,
  id: ExperimentKey,
  limit: RawBuilder<number>,
  deleteArtifacts: DeleteArtifacts,
  report: PurgeReport,
): Promise<void> => {
  const isLeft = await db.selectFrom('run').select('run_id').where('experiment_id', '=', id).limit(1).executeTakeFirst()
  if (isLeft !== undefined) {
    report.kept('experiment', String(id), `run ${isLeft.run_id} is still in it`)
    return
  }
  const isOldModelOfIt = sql<boolean>`logged_model.experiment_id = ${id} and logged_model.last_update_time <= ${limit}`
  await purgeLoggedModels(db, isOldModelOfIt, deleteArtifacts, report)
  const { numDeletedRows } = await db
    .deleteFrom('experiment')
    .where('experiment_id', '=', id)
    .where('lifecycle_stage', '=', 'deleted')
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('run').select('id').where('run.experiment_id', '=', id))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('logged_model').select('id').where('logged_model.experiment_id', '=', id))),
    )
    .executeTakeFirst()
  if (numDeletedRows > 0n) report.purged('experiment', String(id))
  else report.kept('experiment', String(id), 'it changed meanwhile, or a logged model in it is younger')
}
