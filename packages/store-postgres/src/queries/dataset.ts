import type { Dataset, DatasetInput, DatasetSummary, ModelOutput } from '@tidemill/core'
import { DATASET_CONTEXT_TAG } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'

/**
 * Makes the datasets that the experiment lacks; one that is there stays as it is. A name and digest come once.
 * Other transactions may make the same ones: the ids are found by the next statement.
 */
export const insertDatasets = async (
  db: Kysely<Database>,
  experimentKey: ExperimentKey,
  datasets: readonly Dataset[],
): Promise<void> => {
  const column = (pick: (dataset: Dataset) => string | null) => sql`${datasets.map(pick)}::text[]`
  // Only absent ones are inserted: `on conflict` uses up an id of the sequence even when it does nothing.
  await sql`
    insert into dataset (experiment_id, name, digest, source_type, source, schema, profile)
    select ${experimentKey}::bigint, name, digest, source_type, source, schema, profile
    from unnest(
      ${column(({ name }) => name)}, ${column(({ digest }) => digest)},
      ${column(({ sourceType }) => sourceType)}, ${column(({ source }) => source)},
      ${column(({ schema }) => schema ?? null)}, ${column(({ profile }) => profile ?? null)}
    ) as input (name, digest, source_type, source, schema, profile)
    where not exists (
      select from dataset
      where dataset.experiment_id = ${experimentKey} and dataset.name = input.name and dataset.digest = input.digest
    )
    order by name, digest
    on conflict (experiment_id, name, digest) do nothing`.execute(db)
}

/** Links datasets that exist to a run whose row the transaction holds; a link that is there keeps its tags. */
export const linkDatasets = async (
  db: Kysely<Database>,
  run: { readonly id: number; readonly experiment_id: ExperimentKey },
  inputs: readonly DatasetInput[],
): Promise<void> => {
  const contexts = inputs.map(({ tags }) => tags.findLast(({ key }) => key === DATASET_CONTEXT_TAG)?.value ?? null)
  await sql`
    insert into run_dataset_input (run_id, dataset_id, seq, tags, context)
    select ${run.id}::bigint, dataset.id, last.seq + input.place, input.tags::json, input.context
    from unnest(
      ${inputs.map(({ dataset }) => dataset.name)}::text[], ${inputs.map(({ dataset }) => dataset.digest)}::text[],
      ${inputs.map(({ tags }) => JSON.stringify(tags))}::text[], ${contexts}::text[]
    ) with ordinality as input (name, digest, tags, context, place)
    join dataset on dataset.experiment_id = ${run.experiment_id}
      and dataset.name = input.name and dataset.digest = input.digest
    cross join (
      select coalesce(max(seq), 0) as seq from run_dataset_input where run_id = ${run.id}
    ) as last
    on conflict (run_id, dataset_id) do nothing`.execute(db)
}

/** Links models to a run whose row the transaction holds. Ids are distinct. */
export const linkModelInputs = async (
  db: Kysely<Database>,
  runKey: number,
  modelIds: readonly string[],
): Promise<void> => {
  await sql`
    insert into run_model_input (run_id, model_id, seq)
    select ${runKey}::bigint, input.model_id, last.seq + input.place
    from unnest(${[...modelIds]}::text[]) with ordinality as input (model_id, place)
    cross join (select coalesce(max(seq), 0) as seq from run_model_input where run_id = ${runKey}) as last
    on conflict (run_id, model_id) do nothing`.execute(db)
}

/** As `linkModelInputs`; a model that is there gets the new step. */
export const linkModelOutputs = async (
  db: Kysely<Database>,
  runKey: number,
  outputs: readonly ModelOutput[],
): Promise<void> => {
  await sql`
    insert into run_model_output (run_id, model_id, step, seq)
    select ${runKey}::bigint, input.model_id, input.step, last.seq + input.place
    from unnest(${outputs.map(({ modelId }) => modelId)}::text[], ${outputs.map(({ step }) => step)}::bigint[])
      with ordinality as input (model_id, step, place)
    cross join (select coalesce(max(seq), 0) as seq from run_model_output where run_id = ${runKey}) as last
    on conflict (run_id, model_id) do update set step = excluded.step`.execute(db)
}

/** Datasets with each context that runs used them in, sorted; at most `limit`. */
export const listDatasetSummaries = async (
  db: Kysely<Database>,
  experimentKeys: readonly ExperimentKey[],
  limit: number,
): Promise<DatasetSummary[]> => {
  const result = await sql<{ experiment_id: ExperimentKey; name: string; digest: string; context: string | null }>`
    select dataset.experiment_id, dataset.name, dataset.digest, used.context
    from dataset
    cross join lateral (
      select distinct context from run_dataset_input where run_dataset_input.dataset_id = dataset.id
    ) as used
    where dataset.experiment_id = any(${[...experimentKeys]}::bigint[])
    order by dataset.experiment_id, dataset.name, dataset.digest, used.context nulls first
    limit ${limit}`.execute(db)
  return result.rows.map(({ experiment_id, name, digest, context }) => ({
    experimentId: String(experiment_id),
    name,
    digest,
    ...(context === null ? {} : { context }),
  }))
}
