import { lastOfEachKey, type LifecycleStage, RUN_NAME_TAG, type Tag, toStoredTag } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import { internKeys, type KeyIds } from './entity-key.ts'

/**
 * Sets tags of a run, by its key inside the database; `mlflow.runName` renames the run. `keyIds` saves the statement
 * that interns the keys.
 */
export const upsertRunTags = async (
  db: Kysely<Database>,
  runKey: number,
  tags: readonly Tag[],
  keyIds?: KeyIds,
): Promise<void> => {
  await setRunTags(db, runKey, tags, keyIds)
  const name = tags.findLast(({ key }) => key === RUN_NAME_TAG)?.value
  if (name !== undefined) await db.updateTable('run').set({ name }).where('id', '=', runKey).execute()
}

/** As `upsertRunTags` for a run that has the name already, as a new one does. */
export const setRunTags = async (
  db: Kysely<Database>,
  runKey: number,
  tags: readonly Tag[],
  keyIds?: KeyIds,
): Promise<void> => {
  if (tags.length === 0) return
  const stored = lastOfEachKey(tags).map(toStoredTag)
  const keys = stored.map(({ key }) => key)
  const ids = keyIds ?? (await internKeys(db, keys))
  await sql`
    with target as (select id, experiment_id from run where id = ${runKey} for no key update),
    unsettled as (
      insert into run_unsettled (run_id, experiment_id) select id, experiment_id from target on conflict do nothing
    )
    insert into run_tag (run_id, key_id, experiment_id, value)
    select target.id, input.key_id, target.experiment_id, input.value
    from target
    cross join unnest(${keys.map((key) => ids.get(key))}::int[], ${stored.map(({ value }) => value)}::text[])
      as input (key_id, value)
    on conflict (run_id, key_id) do update set value = excluded.value`.execute(db)
}

export type TagRemoval = 'removed' | 'no_tag' | 'run_deleted' | 'no_run'

export const deleteRunTag = async (db: Kysely<Database>, runId: string, key: string): Promise<TagRemoval> => {
  const result = await sql<{ lifecycle_stage: LifecycleStage; removed: number }>`
    with target as (select id, experiment_id, lifecycle_stage from run where run_id = ${runId} for no key update),
    unsettled as (
      insert into run_unsettled (run_id, experiment_id)
      select id, experiment_id from target where lifecycle_stage = 'active'
      on conflict do nothing
    ),
    removed as (
      delete from run_tag using target
      where run_tag.run_id = target.id and target.lifecycle_stage = 'active'
        and run_tag.key_id = (select id from entity_key where key = ${key})
      returning run_tag.key_id
    )
    select lifecycle_stage, (select count(*)::int from removed) as removed from target`.execute(db)
  const row = result.rows[0]
  if (row === undefined) return 'no_run'
  if (row.lifecycle_stage === 'deleted') return 'run_deleted'
  return row.removed > 0 ? 'removed' : 'no_tag'
}
