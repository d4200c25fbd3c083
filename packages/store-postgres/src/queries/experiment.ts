import type { Experiment, LifecycleStage, Tag } from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { nowMs } from './run.ts'

/** An experiment with its tags as pairs of key and value, sorted by key. */
export interface ExperimentRow {
  readonly experiment_id: ExperimentKey
  readonly name: string
  readonly artifact_location: string
  readonly lifecycle_stage: LifecycleStage
  readonly creation_time: number
  readonly last_update_time: number
  readonly tags: readonly (readonly [string, string])[] | null
}

/** Columns of `ExperimentRow` over the table or alias `experiment`. */
export const experimentColumns: RawBuilder<unknown> = sql`
  experiment.experiment_id, experiment.name, experiment.artifact_location, experiment.lifecycle_stage,
  experiment.creation_time, experiment.last_update_time,
  (select json_agg(json_build_array(key, value) order by key collate "C") from experiment_tag
    where experiment_tag.experiment_id = experiment.experiment_id) as tags`

export const toExperiment = (row: ExperimentRow): Experiment => ({
  experimentId: String(row.experiment_id),
  name: row.name,
  artifactLocation: row.artifact_location,
  lifecycleStage: row.lifecycle_stage,
  creationTime: row.creation_time,
  lastUpdateTime: row.last_update_time,
  tags: (row.tags ?? []).map(([key, value]) => ({ key, value })),
})

/** Makes experiment 0, named Default, when there is no experiment at all. Several processes may do it at once. */
export const insertDefaultExperiment = async (db: Kysely<Database>, artifactLocation: string): Promise<void> => {
  await sql`
    insert into experiment (experiment_id, name, artifact_location, creation_time, last_update_time)
    select 0, 'Default', ${artifactLocation}, now_ms, now_ms
    from (select ${nowMs} as now_ms) as clock
    where not exists (select from experiment)
    on conflict do nothing`.execute(db)
}

/** The id that the next experiment will have; nobody else gets it. */
export const reserveExperimentId = async (db: Kysely<Database>): Promise<number> => {
  const result = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence('experiment', 'experiment_id'))::int as id`.execute(db)
  const id = result.rows[0]?.id
  if (id === undefined) throw new Error('The sequence of experiment ids gave no value')
  return id
}

/** False when the name is taken. Tags have distinct keys. */
export const insertExperiment = async (
  db: Kysely<Database>,
  experiment: {
    readonly experimentId: ExperimentKey
    readonly name: string
    readonly artifactLocation: string
    readonly tags: readonly Tag[]
    readonly creatorId: number | undefined
  },
): Promise<boolean> => {
  const { experimentId, name, artifactLocation, tags, creatorId = null } = experiment
  const result = await sql`
    with created as (
      insert into experiment (experiment_id, name, artifact_location, creation_time, last_update_time)
      select ${experimentId}::bigint, ${name}, ${artifactLocation}, now_ms, now_ms
      from (select ${nowMs} as now_ms) as clock
      on conflict (name) do nothing
      returning experiment_id
    ),
    tag as (
      insert into experiment_tag (experiment_id, key, value)
      select experiment_id, key, value
      from created cross join unnest(${tags.map(({ key }) => key)}::text[], ${tags.map(({ value }) => value)}::text[])
        as input (key, value)
    ),
    owner as (
      insert into experiment_permission (user_id, experiment_id, permission)
      select ${creatorId}::int, experiment_id, 'MANAGE' from created where ${creatorId}::int is not null
    )
    select experiment_id from created`.execute(db)
  return result.rows.length > 0
}

export const findExperiment = (db: Kysely<Database>, experimentId: ExperimentKey): Promise<ExperimentRow | undefined> =>
  findExperimentWhere(db, sql`experiment.experiment_id = ${experimentId}`)

export const findExperimentByName = (db: Kysely<Database>, name: string): Promise<ExperimentRow | undefined> =>
  findExperimentWhere(db, sql`experiment.name = ${name}`)

/** False when no active experiment has this id. A name that is taken is a unique violation. */
export const renameExperiment = async (
  db: Kysely<Database>,
  experimentId: ExperimentKey,
  name: string,
): Promise<boolean> => {
  const result = await db
    .updateTable('experiment')
    .set({ name, last_update_time: nowMs })
    .where('experiment_id', '=', experimentId)
    .where('lifecycle_stage', '=', 'active')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** With all its runs, in the caller's transaction. False when the experiment is absent or in that stage already. */
export const setExperimentLifecycle = async (
  db: Kysely<Database>,
  experimentId: ExperimentKey,
  stage: LifecycleStage,
): Promise<boolean> => {
  const result = await db
    .updateTable('experiment')
    .set({ lifecycle_stage: stage, last_update_time: nowMs })
    .where('experiment_id', '=', experimentId)
    .where('lifecycle_stage', '!=', stage)
    .executeTakeFirst()
  if (result.numUpdatedRows === 0n) return false
  await db
    .updateTable('run')
    .set({ lifecycle_stage: stage, deleted_time: stage === 'deleted' ? nowMs : null })
    .where('experiment_id', '=', experimentId)
    .where('lifecycle_stage', '!=', stage)
    .execute()
  return true
}

const findExperimentWhere = async (
  db: Kysely<Database>,
  condition: RawBuilder<unknown>,
): Promise<ExperimentRow | undefined> => {
  const result = await sql<ExperimentRow>`select ${experimentColumns} from experiment where ${condition}`.execute(db)
  return result.rows[0]
}
