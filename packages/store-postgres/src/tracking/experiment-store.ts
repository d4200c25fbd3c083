import {
  appendToUri,
  type Experiment,
  InvalidParameterValueError,
  lastOfEachKey,
  type LifecycleStage,
  ResourceAlreadyExistsError,
  ResourceDoesNotExistError,
  type TrackingStore,
} from '@tidemill/core'
import type { Kysely } from 'kysely'
import {
  findExperiment,
  findExperimentByName,
  insertExperiment,
  renameExperiment,
  reserveExperimentId,
  setExperimentLifecycle,
  toExperiment,
} from '../queries/experiment.ts'
import { deleteExperimentTag, upsertExperimentTag } from '../queries/experiment-tag.ts'
import { isUniqueViolation, retryOnConflict } from '../queries/retry-on-conflict.ts'
import { searchExperiments } from '../queries/search-experiment.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { isStorable, toExperimentKey } from './identifiers.ts'
import { noExperiment, notActive } from './refusals.ts'

export type ExperimentStore = Pick<
  TrackingStore,
  | 'createExperiment'
  | 'getExperiment'
  | 'findExperimentByName'
  | 'searchExperiments'
  | 'renameExperiment'
  | 'deleteExperiment'
  | 'restoreExperiment'
  | 'setExperimentTag'
  | 'deleteExperimentTag'
>

export const createExperimentStore = (db: Kysely<Database>, defaultArtifactRoot: string): ExperimentStore => ({
  createExperiment: async ({ name, artifactLocation, tags, creatorId }) => {
    const experimentId = await reserveExperimentId(db)
    const isCreated = await insertExperiment(db, {
      experimentId,
      name,
      artifactLocation: artifactLocation ?? appendToUri(defaultArtifactRoot, String(experimentId)),
      tags: lastOfEachKey(tags ?? []),
      creatorId,
    })
    if (!isCreated) throw nameTaken(name)
    return String(experimentId)
  },
  getExperiment: (experimentId) => getExperiment(db, experimentId),
  findExperimentByName: async (name) => {
    const row = isStorable(name) ? await findExperimentByName(db, name) : undefined
    return row === undefined ? undefined : toExperiment(row)
  },
  searchExperiments: async (search) => {
    const { rows, nextPageToken } = await searchExperiments(db, search)
    return { items: rows.map(toExperiment), ...(nextPageToken === undefined ? {} : { nextPageToken }) }
  },
  renameExperiment: async (experimentId, newName) => {
    const isRenamed = await rename(db, toExperimentKey(experimentId), newName)
    if (isRenamed) return
    await getExperiment(db, experimentId)
    throw new InvalidParameterValueError('Cannot rename a non-active experiment. Restore it first.')
  },
  deleteExperiment: (experimentId) => setLifecycle(db, experimentId, 'deleted'),
  restoreExperiment: (experimentId) => setLifecycle(db, experimentId, 'active'),
  setExperimentTag: async (experimentId, tag) => {
    const stage = await upsertExperimentTag(db, toExperimentKey(experimentId), tag)
    if (stage === undefined) throw noExperiment(experimentId)
    if (stage === 'deleted') throw notActive('experiment', experimentId)
  },
  deleteExperimentTag: async (experimentId, key) => {
    const isDeleted = isStorable(key) && (await deleteExperimentTag(db, toExperimentKey(experimentId), key))
    if (isDeleted) return
    const { lifecycleStage } = await getExperiment(db, experimentId)
    if (lifecycleStage === 'deleted') throw notActive('experiment', experimentId)
    throw new ResourceDoesNotExistError(`No tag with name: ${key} in experiment with id ${experimentId}`)
  },
})

const getExperiment = async (db: Kysely<Database>, experimentId: string): Promise<Experiment> => {
  const row = await findExperiment(db, toExperimentKey(experimentId))
  if (row === undefined) throw noExperiment(experimentId)
  return toExperiment(row)
}

const rename = async (db: Kysely<Database>, experimentKey: ExperimentKey, name: string): Promise<boolean> => {
  try {
    return await renameExperiment(db, experimentKey, name)
  } catch (error) {
    throw isUniqueViolation(error) ? nameTaken(name) : error
  }
}

const setLifecycle = async (db: Kysely<Database>, experimentId: string, stage: LifecycleStage): Promise<void> => {
  const experimentKey = toExperimentKey(experimentId)
  const isChanged = await retryOnConflict(() =>
    db.transaction().execute((transaction) => setExperimentLifecycle(transaction, experimentKey, stage)),
  )
  if (!isChanged) throw noExperiment(experimentId)
}

const nameTaken = (name: string): ResourceAlreadyExistsError =>
  new ResourceAlreadyExistsError(
    `Experiment(name=${name}) already exists. Choose another name, or restore the experiment if it was deleted.`,
  )
