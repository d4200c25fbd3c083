import type { LifecycleStage, Tag } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'

/** Writes only to an active experiment. Answers its stage; undefined when it is absent. */
export const upsertExperimentTag = async (
  db: Kysely<Database>,
  experimentId: ExperimentKey,
  tag: Tag,
): Promise<LifecycleStage | undefined> => {
  const result = await sql<{ lifecycle_stage: LifecycleStage }>`
    with target as (select experiment_id, lifecycle_stage from experiment where experiment_id = ${experimentId} for share),
    written as (
      insert into experiment_tag (experiment_id, key, value)
      select experiment_id, ${tag.key}, ${tag.value} from target where lifecycle_stage = 'active'
      on conflict (experiment_id, key) do update set value = excluded.value
    )
    select lifecycle_stage from target`.execute(db)
  return result.rows[0]?.lifecycle_stage
}

/** False when the experiment has no such tag, or is not active. */
export const deleteExperimentTag = async (
  db: Kysely<Database>,
  experimentId: ExperimentKey,
  key: string,
): Promise<boolean> => {
  const result = await db
    .deleteFrom('experiment_tag')
    .where('experiment_id', '=', experimentId)
    .where('key', '=', key)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('experiment')
          .select('experiment.experiment_id')
          .where('experiment.experiment_id', '=', experimentId)
          .where('lifecycle_stage', '=', 'active'),
      ),
    )
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}
