import type { OwnedKind, UserStore } from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { isStorable } from '../tracking/identifiers.ts'

export type OwnerStore = Pick<UserStore, 'findExperimentsOf' | 'findExperimentByName' | 'findExperimentAt'>

/** Rows of id and experiment. */
const OWNERS: Readonly<Record<OwnedKind, RawBuilder<unknown>>> = {
  run: sql`select run_id as id, experiment_id from run`,
  loggedModel: sql`select model_id as id, experiment_id from logged_model`,
  workflowRun: sql`select workflow_run_id as id, experiment_id from workflow_run`,
  attempt: sql`
    select attempt.attempt_id as id, workflow_run.experiment_id
    from attempt join workflow_run on workflow_run.id = attempt.workflow_run_id`,
}

export const createOwnerStore = (db: Kysely<Database>): OwnerStore => ({
  findExperimentsOf: async (kind, ids) => {
    const storable = ids.filter(isStorable)
    if (storable.length === 0) return new Map()
    const { rows } = await sql<{ id: string; experiment_id: ExperimentKey }>`
      select owned.id, owned.experiment_id from (${OWNERS[kind]}) as owned
      where owned.id = any(${storable}::text[])`.execute(db)
    return new Map(rows.map((row) => [row.id, String(row.experiment_id)]))
  },
  findExperimentByName: async (name) => {
    if (!isStorable(name)) return undefined
    const row = await db.selectFrom('experiment').where('name', '=', name).select('experiment_id').executeTakeFirst()
    return row === undefined ? undefined : String(row.experiment_id)
  },
  findExperimentAt: async (folders) => {
    const { rows } = await sql<{ experiment_id: ExperimentKey }>`
      select experiment_id from (
        select experiment_id, trim(both '/' from regexp_replace(regexp_replace(artifact_location,
          '^(mlflow-artifacts:(//[^/]*)?|https?://[^/]+/api/2.0/mlflow-artifacts/artifacts)', '', 'i'),
          '/+', '/', 'g')) as folder
        from experiment where artifact_location ~* '^(mlflow-artifacts|https?):'
      ) as placed
      where folder = any(${folders.filter(isStorable)}::text[])
      order by length(folder) desc, experiment_id limit 1`.execute(db)
    return rows[0] === undefined ? undefined : String(rows[0].experiment_id)
  },
})
