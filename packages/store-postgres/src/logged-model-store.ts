import { randomUUID } from 'node:crypto'
import {
  generateRunName,
  InvalidParameterValueError,
  lastOfEachKey,
  type LoggedModel,
  type LoggedModelStore,
  type NewLoggedModel,
  type Param,
  ResourceDoesNotExistError,
  toPythonText,
} from '@tidemill/core'
import type { Kysely } from 'kysely'
import type { OpenDatabase } from './database/open-database.ts'
import {
  deleteLoggedModelTag,
  findLoggedModel,
  insertLoggedModel,
  insertLoggedModelParams,
  lockLoggedModel,
  markLoggedModelDeleted,
  setLoggedModelStatus,
  upsertLoggedModelTags,
} from './logged-models/logged-model.ts'
import { toLoggedModel } from './logged-models/logged-model-row.ts'
import { searchLoggedModels } from './logged-models/search-logged-models.ts'
import { refusalOfExperiment } from './queries/run.ts'
import { retryOnConflict } from './queries/retry-on-conflict.ts'
import type { Database } from './tables/database.ts'
import { isStorable, toExperimentKey, toExperimentKeys } from './tracking/identifiers.ts'

/** The logged models of an open database. */
export const createLoggedModelStore = ({ db }: OpenDatabase): LoggedModelStore => ({
  createLoggedModel: (model) => createLoggedModel(db, model),
  getLoggedModel: async (modelId, { allowDeleted = false } = {}) => {
    const row = await findLoggedModel(db, toModelId(modelId), allowDeleted)
    if (row === undefined) throw noModel(modelId)
    return toLoggedModel(row)
  },
  finalizeLoggedModel: async (modelId, status) => {
    const row = await setLoggedModelStatus(db, toModelId(modelId), status)
    if (row === undefined) throw noModel(modelId)
    return toLoggedModel(row)
  },
  deleteLoggedModel: async (modelId) => {
    if (!(await markLoggedModelDeleted(db, toModelId(modelId)))) throw noModel(modelId)
  },
  searchLoggedModels: async (search) => {
    const { rows, nextPageToken } = await searchLoggedModels(db, toExperimentKeys(search.experimentIds), search)
    return { items: rows.map(toLoggedModel), ...(nextPageToken === undefined ? {} : { nextPageToken }) }
  },
  setLoggedModelTags: async (modelId, tags) => {
    const isFound = await upsertLoggedModelTags(db, toModelId(modelId), lastOfEachKey(tags))
    if (!isFound) throw noModel(modelId)
  },
  deleteLoggedModelTag: async (modelId, key) => {
    const removal = await deleteLoggedModelTag(db, toModelId(modelId), isStorable(key) ? key : '')
    if (removal === 'no_model') throw noModel(modelId)
    if (removal === 'no_tag') {
      throw new ResourceDoesNotExistError(
        `No tag with key ${toPythonText(key)} found for model with ID ${toPythonText(modelId)}.`,
      )
    }
  },
  logLoggedModelParams: (modelId, params) => retryOnConflict(() => logParams(db, toModelId(modelId), params)),
})

const createLoggedModel = async (db: Kysely<Database>, model: NewLoggedModel): Promise<LoggedModel> => {
  const { experimentId, name = generateRunName(Math.random), modelType, sourceRunId } = model
  const experimentKey = toExperimentKey(experimentId)
  const modelId = `m-${randomUUID().replaceAll('-', '')}`
  const params = sortedByKey(model.params)
  const tags = sortedByKey(model.tags)
  const row = await insertLoggedModel(db, {
    modelId,
    experimentId: experimentKey,
    name,
    modelType: modelType ?? '',
    sourceRunId: sourceRunId ?? '',
    params,
    tags,
  })
  if (row === undefined) throw await refusalOfExperiment(db, experimentKey)
  return {
    modelId,
    experimentId: String(experimentKey),
    name,
    artifactUri: row.artifact_uri,
    status: 'PENDING',
    ...(modelType === undefined ? {} : { modelType }),
    ...(sourceRunId === undefined ? {} : { sourceRunId }),
    params,
    tags,
    metrics: [],
    creationTime: row.creation_time,
    lastUpdateTime: row.creation_time,
  }
}

const logParams = (db: Kysely<Database>, modelId: string, params: readonly Param[]): Promise<void> =>
  db.transaction().execute(async (transaction) => {
    const modelKey = await lockLoggedModel(transaction, modelId)
    if (modelKey === undefined) throw noModel(modelId)
    const [changed] = await insertLoggedModelParams(transaction, modelKey, lastOfEachKey(params))
    if (changed !== undefined) {
      throw new InvalidParameterValueError(
        `Changing param values is not allowed. Param with key='${changed.key}' was already logged with value='${changed.old_value}' for model ID='${modelId}'. Attempted logging new value '${changed.new_value}'.`,
      )
    }
  })

const sortedByKey = (pairs: readonly Param[]): Param[] =>
  lastOfEachKey(pairs).toSorted((a, b) => (a.key < b.key ? -1 : 1))

/** Throws ResourceDoesNotExistError for text that cannot be a model's id. */
const toModelId = (modelId: string): string => {
  if (!isStorable(modelId)) throw noModel(modelId)
  return modelId
}

const noModel = (modelId: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(`Logged model with ID '${modelId}' not found.`)
