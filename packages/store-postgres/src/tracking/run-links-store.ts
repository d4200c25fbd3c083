import {
  appendToModelHistory,
  type DatasetInput,
  lastOfEachKey,
  MODEL_HISTORY_TAG,
  type ModelOutput,
  type RunInputs,
  type TrackingStore,
} from '@tidemill/core'
import type { Kysely } from 'kysely'
import {
  insertDatasets,
  linkDatasets,
  linkModelInputs,
  linkModelOutputs,
  listDatasetSummaries,
} from '../queries/dataset.ts'
import type { EntityKeys } from '../queries/entity-key.ts'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { markUnsettled } from '../write-path/mark-unsettled.ts'
import { toExperimentKeys, toRunId } from './identifiers.ts'
import { noRun, notActive } from './refusals.ts'

export type RunLinksStore = Pick<
  TrackingStore,
  'logInputs' | 'logOutputs' | 'searchDatasets' | 'appendLoggedModelHistory'
>

const MAX_DATASET_SUMMARIES = 1000

/** Datasets, logged models and model histories of runs. */
export const createRunLinksStore = (db: Kysely<Database>, keys: EntityKeys): RunLinksStore => ({
  logInputs: (runId, inputs) => changeRun(db, runId, (transaction, run) => logInputs(transaction, run, inputs)),
  logOutputs: (runId, models) =>
    changeRun(db, runId, (transaction, { id }) => linkModelOutputs(transaction, id, lastOfEachModel(models))),
  searchDatasets: async (experimentIds) =>
    listDatasetSummaries(db, toExperimentKeys(experimentIds), MAX_DATASET_SUMMARIES),
  appendLoggedModelHistory: async (runId, model) => {
    const keyId = (await keys.idsOf([MODEL_HISTORY_TAG])).get(MODEL_HISTORY_TAG)
    if (keyId === undefined) throw new Error(`The key dictionary has no '${MODEL_HISTORY_TAG}'`)
    await changeRun(db, runId, (transaction, run) => appendModel(transaction, run, keyId, model))
  },
})

interface LockedRun {
  readonly id: number
  readonly experiment_id: ExperimentKey
}

/** Throws ResourceDoesNotExistError, or InvalidParameterValueError for a deleted run. */
const changeRun = (
  db: Kysely<Database>,
  runId: string,
  change: (transaction: Kysely<Database>, run: LockedRun) => Promise<void>,
): Promise<void> =>
  retryOnConflict(() =>
    db.transaction().execute(async (transaction) => {
      const run = await transaction
        .selectFrom('run')
        .select(['id', 'experiment_id', 'lifecycle_stage'])
        .where('run_id', '=', toRunId(runId))
        .forNoKeyUpdate()
        .executeTakeFirst()
      if (run === undefined) throw noRun(runId)
      if (run.lifecycle_stage === 'deleted') throw notActive('run', runId)
      await change(transaction, run)
      await markUnsettled(transaction, [run.id])
    }),
  )

const logInputs = async (db: Kysely<Database>, run: LockedRun, { datasets, modelIds }: RunInputs): Promise<void> => {
  const inputs = firstOfEachDataset(datasets).map((input) => ({ ...input, tags: lastOfEachKey(input.tags) }))
  if (inputs.length > 0) {
    await insertDatasets(
      db,
      run.experiment_id,
      inputs.map(({ dataset }) => dataset),
    )
    await linkDatasets(db, run, inputs)
  }
  if (modelIds.length > 0) await linkModelInputs(db, run.id, [...new Set(modelIds)])
}

const appendModel = async (
  db: Kysely<Database>,
  run: LockedRun,
  keyId: number,
  model: Readonly<Record<string, unknown>>,
): Promise<void> => {
  const tag = await db
    .selectFrom('run_tag')
    .select('value')
    .where('run_id', '=', run.id)
    .where('key_id', '=', keyId)
    .executeTakeFirst()
  const value = appendToModelHistory(tag?.value, model)
  await db
    .insertInto('run_tag')
    .values({ run_id: run.id, key_id: keyId, experiment_id: run.experiment_id, value })
    .onConflict((conflict) => conflict.columns(['run_id', 'key_id']).doUpdateSet({ value }))
    .execute()
}

const firstOfEachDataset = (inputs: readonly DatasetInput[]): DatasetInput[] => {
  const seen = new Set<string>()
  return inputs.filter(({ dataset }) => {
    const identity = JSON.stringify([dataset.name, dataset.digest])
    const isFirst = !seen.has(identity)
    seen.add(identity)
    return isFirst
  })
}

const lastOfEachModel = (outputs: readonly ModelOutput[]): ModelOutput[] => [
  ...new Map(outputs.map((output) => [output.modelId, output])).values(),
]
