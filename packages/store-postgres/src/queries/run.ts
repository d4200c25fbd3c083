import type { LifecycleStage, RunStatus } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { noExperiment, notActive } from '../tracking/refusals.ts'

/** The database's clock, in ms since the epoch. */
export const nowMs = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

/** A run without its tags: who inserts one also stores its name as the tag `mlflow.runName`. */
export interface RunRow {
  /** 32 lower-case hex digits. */
  readonly runId: string
  readonly experimentId: ExperimentKey
  readonly name: string
  readonly userId: string
  readonly status: RunStatus
  /** ms since the epoch. @default the database's clock */
  readonly startTime?: number
}

/**
 * Inserts a run into an active experiment; its artifacts lie below the experiment's location. A query string of the
 * location stays at the end. Throws ResourceDoesNotExistError or InvalidParameterValueError (deleted experiment).
 */
export const insertRun = async (
  db: Kysely<Database>,
  run: RunRow,
): Promise<{
  readonly id: number
  readonly run_id: string
  readonly artifact_uri: string
  readonly start_time: number
}> => {
  // The lock keeps a deletion of the experiment from missing this run.
  const result = await sql<{ id: number; run_id: string; artifact_uri: string; start_time: number }>`
    with target as (
      select experiment_id, artifact_location from experiment
      where experiment_id = ${run.experimentId} and lifecycle_stage = 'active'
      for share
    )
    insert into run (run_id, experiment_id, name, user_id, status, start_time, artifact_uri)
    select ${run.runId}, experiment_id, ${run.name}, ${run.userId}, ${run.status},
      coalesce(${run.startTime ?? null}::bigint, ${nowMs}),
      ${artifactUriOf(run.runId)}
    from target
    returning id, run_id, artifact_uri, start_time`.execute(db)
  const row = result.rows[0]
  if (row === undefined) throw await refusalOfExperiment(db, run.experimentId)
  return row
}

/** `endTime` in ms since the epoch, `now` for the database's clock, null for a run that has not ended. */
export const setRunStatus = async (
  db: Kysely<Database>,
  runId: string,
  status: RunStatus,
  endTime: number | 'now' | null,
): Promise<void> => {
  await db
    .updateTable('run')
    .set({ status, end_time: endTime === 'now' ? nowMs : endTime })
    .where('run_id', '=', runId)
    .execute()
}

/** Deletes or restores; a run that is there already keeps its time of deletion. False: no run has this id. */
export const setRunLifecycle = async (db: Kysely<Database>, runId: string, stage: LifecycleStage): Promise<boolean> => {
  const result = await db
    .updateTable('run')
    .set({
      lifecycle_stage: stage,
      deleted_time: stage === 'deleted' ? sql<number>`coalesce(deleted_time, ${nowMs})` : null,
    })
    .where('run_id', '=', runId)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Undefined: no run has this id. */
export const findRunLifecycle = async (db: Kysely<Database>, runId: string): Promise<LifecycleStage | undefined> => {
  const row = await db.selectFrom('run').select('lifecycle_stage').where('run_id', '=', runId).executeTakeFirst()
  return row?.lifecycle_stage
}

/** `appendToUri` of core, in SQL, over the column `artifact_location`. */
export const artifactUriOf = (runId: string) => {
  const suffix = `/${runId}/artifacts`
  return sql<string>`case when artifact_location ~ '^[A-Za-z][A-Za-z0-9+.-]*:'
    then regexp_replace(artifact_location, '/*(\\?.*)?$', ${`${suffix}\\1`})
    else regexp_replace(artifact_location, '/*$', ${suffix}) end`
}

export const refusalOfExperiment = async (db: Kysely<Database>, experimentId: ExperimentKey): Promise<Error> => {
  const experiment = await db
    .selectFrom('experiment')
    .select('lifecycle_stage')
    .where('experiment_id', '=', experimentId)
    .executeTakeFirst()
  return experiment === undefined ? noExperiment(String(experimentId)) : notActive('experiment', String(experimentId))
}
