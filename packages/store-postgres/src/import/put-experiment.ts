import { type Experiment, type ImportOutcome, ResourceAlreadyExistsError } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import { isUniqueViolation } from '../queries/retry-on-conflict.ts'
import type { Database } from '../tables/database.ts'
import { toExperimentKey } from '../tracking/identifiers.ts'
import { importing, textColumn } from './importing.ts'

/** Ids above this are drawn by MLflow's file store: those given here go on from the small ones. */
const MAX_COUNTED_ID = 2 ** 31 - 1

/** Throws ResourceAlreadyExistsError when another experiment has the name. */
export const putExperiment = async (db: Kysely<Database>, experiment: Experiment): Promise<ImportOutcome> => {
  try {
    return await importing(db, async (transaction) => {
      const outcome = await upsertExperiment(transaction, experiment)
      const hasNewTags = await upsertTags(transaction, experiment)
      await advanceSequence(transaction)
      return outcome === 'unchanged' && hasNewTags ? 'updated' : outcome
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new ResourceAlreadyExistsError(`Experiment(name=${experiment.name}) already exists with another id.`, {
      cause: error,
    })
  }
}

const upsertExperiment = async (db: Kysely<Database>, experiment: Experiment): Promise<ImportOutcome> => {
  const { rows } = await sql<{ is_new: boolean }>`
    insert into experiment as stored (
      experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time
    )
    values (
      ${toExperimentKey(experiment.experimentId)}, ${experiment.name}, ${experiment.artifactLocation},
      ${experiment.lifecycleStage}, ${experiment.creationTime}, ${experiment.lastUpdateTime}
    )
    on conflict (experiment_id) do update set
      name = excluded.name, artifact_location = excluded.artifact_location,
      lifecycle_stage = excluded.lifecycle_stage, creation_time = excluded.creation_time,
      last_update_time = excluded.last_update_time
    where (stored.name, stored.artifact_location, stored.lifecycle_stage, stored.creation_time, stored.last_update_time)
      is distinct from (
        excluded.name, excluded.artifact_location, excluded.lifecycle_stage, excluded.creation_time,
        excluded.last_update_time
      )
    returning xmax = 0 as is_new`.execute(db)
  const row = rows[0]
  return row === undefined ? 'unchanged' : row.is_new ? 'created' : 'updated'
}

const upsertTags = async (db: Kysely<Database>, { experimentId, tags }: Experiment): Promise<boolean> => {
  const result = await sql`
    insert into experiment_tag as stored (experiment_id, key, value)
    select ${toExperimentKey(experimentId)}::bigint, key, value
    from unnest(${textColumn(tags, ({ key }) => key)}, ${textColumn(tags, ({ value }) => value)}) as input (key, value)
    on conflict (experiment_id, key) do update set value = excluded.value where stored.value <> excluded.value`.execute(
    db,
  )
  return (result.numAffectedRows ?? 0n) > 0n
}

/** A sequence does not roll back: at worst an id is left out. */
const advanceSequence = async (db: Kysely<Database>): Promise<void> => {
  await sql`
    select setval(sequence, wanted.id)
    from (select pg_get_serial_sequence('experiment', 'experiment_id')::regclass as sequence) as named,
      (select max(experiment_id) as id from experiment where experiment_id between 1 and ${MAX_COUNTED_ID}) as wanted
    where wanted.id > coalesce(pg_sequence_last_value(sequence), 0)`.execute(db)
}
