import {
  type Metric,
  type Param,
  RUN_NAME_TAG,
  type Tag,
  toStoredParam,
  toStoredTag,
  toStoredValue,
} from '@tidemill/core'
import { toFloat8Array, toInt4Array, toInt8Array, toTextArray } from '../database/binary-array.ts'

/** One run's batch with the ids of its keys, in the order of the items. Keys of params and of tags are distinct. */
export interface KeyedBatch {
  readonly runId: string
  readonly metrics: readonly Metric[]
  readonly metricKeys: readonly number[]
  readonly params: readonly Param[]
  readonly paramKeys: readonly number[]
  readonly tags: readonly Tag[]
  readonly tagKeys: readonly number[]
}

/** What the batches of one flush have; each combination is a prepared statement of its own. */
export interface BatchParts {
  readonly metrics: boolean
  readonly params: boolean
  readonly tags: boolean
  readonly names: boolean
  readonly models: boolean
}

export const partsOf = (batches: readonly KeyedBatch[]): BatchParts => ({
  metrics: batches.some(({ metrics }) => metrics.length > 0),
  params: batches.some(({ params }) => params.length > 0),
  tags: batches.some(({ tags }) => tags.length > 0),
  names: batches.some(({ tags }) => tags.some(({ key }) => key === RUN_NAME_TAG)),
  models: batches.some(({ metrics }) => metrics.some(({ modelId }) => modelId !== undefined)),
})

/** Over the runs of a flush (`Ends`, `Counts`, extremes), or over all the items of its batches. */
type NumberColumn =
  | 'metricEnds'
  | 'metricCounts'
  | 'minSteps'
  | 'maxSteps'
  | 'minTimestamps'
  | 'maxTimestamps'
  | 'metricKeys'
  | 'steps'
  | 'timestamps'
  | 'values'
  | 'paramEnds'
  | 'paramCounts'
  | 'paramKeys'
  | 'tagEnds'
  | 'tagCounts'
  | 'tagKeys'
  | 'nameOrds'
  | 'pointOrds'
  | 'pointKeys'
  | 'pointSteps'
  | 'pointTimestamps'
  | 'pointValues'
type TextColumn = 'runIds' | 'paramValues' | 'tagValues' | 'names' | 'pointModels' | 'pointDatasets' | 'pointDigests'
export type BatchColumn = NumberColumn | TextColumn
type BatchArrays = Readonly<Record<NumberColumn, number[]> & Record<TextColumn, string[]>>

interface ColumnDefinition {
  readonly part: 'member' | keyof BatchParts
  readonly name: BatchColumn
  readonly type: 'int' | 'bigint' | 'float8' | 'text'
  readonly encode: (arrays: BatchArrays) => Buffer
}

type Part = ColumnDefinition['part']
const int = (part: Part, ...names: NumberColumn[]): ColumnDefinition[] =>
  names.map((name) => ({ part, name, type: 'int', encode: (arrays) => toInt4Array(arrays[name]) }))
const bigint = (part: Part, ...names: NumberColumn[]): ColumnDefinition[] =>
  names.map((name) => ({ part, name, type: 'bigint', encode: (arrays) => toInt8Array(arrays[name]) }))
const float8 = (part: Part, ...names: NumberColumn[]): ColumnDefinition[] =>
  names.map((name) => ({ part, name, type: 'float8', encode: (arrays) => toFloat8Array(arrays[name]) }))
const text = (part: Part, ...names: TextColumn[]): ColumnDefinition[] =>
  names.map((name) => ({ part, name, type: 'text', encode: (arrays) => toTextArray(arrays[name]) }))

/** The parameters of the statement, in their order. */
const COLUMNS: readonly ColumnDefinition[] = [
  ...text('member', 'runIds'),
  ...int('metrics', 'metricEnds', 'metricCounts'),
  ...bigint('metrics', 'minSteps', 'maxSteps', 'minTimestamps', 'maxTimestamps'),
  ...int('metrics', 'metricKeys'),
  ...bigint('metrics', 'steps', 'timestamps'),
  ...float8('metrics', 'values'),
  ...int('params', 'paramEnds', 'paramCounts', 'paramKeys'),
  ...text('params', 'paramValues'),
  ...int('tags', 'tagEnds', 'tagCounts', 'tagKeys'),
  ...text('tags', 'tagValues'),
  ...int('names', 'nameOrds'),
  ...text('names', 'names'),
  ...int('models', 'pointOrds', 'pointKeys'),
  ...bigint('models', 'pointSteps', 'pointTimestamps'),
  ...float8('models', 'pointValues'),
  ...text('models', 'pointModels', 'pointDatasets', 'pointDigests'),
]

export const columnsOf = (parts: BatchParts): readonly ColumnDefinition[] =>
  COLUMNS.filter(({ part }) => part === 'member' || parts[part])

/** The values of the columns of `parts`, for batches of distinct runs. Items take their stored form. */
export const toBatchValues = (batches: readonly KeyedBatch[], parts: BatchParts): Buffer[] => {
  const arrays = emptyArrays()
  for (const [index, batch] of batches.entries()) {
    arrays.runIds.push(batch.runId)
    if (parts.metrics) addMetrics(arrays, batch)
    if (parts.params) addParams(arrays, batch)
    if (parts.tags) addTags(arrays, batch, index + 1)
    if (parts.models) addModelPoints(arrays, batch, index + 1)
  }
  return columnsOf(parts).map(({ encode }) => encode(arrays))
}

const addMetrics = (arrays: BatchArrays, { metrics, metricKeys }: KeyedBatch): void => {
  const first = metrics[0]
  let [minStep, maxStep] = [first?.step ?? 0, first?.step ?? 0]
  let [minTimestamp, maxTimestamp] = [first?.timestamp ?? 0, first?.timestamp ?? 0]
  for (const { step, timestamp, value } of metrics) {
    if (step < minStep) minStep = step
    if (step > maxStep) maxStep = step
    if (timestamp < minTimestamp) minTimestamp = timestamp
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
    arrays.steps.push(step)
    arrays.timestamps.push(timestamp)
    arrays.values.push(toStoredValue(value))
  }
  for (const key of metricKeys) arrays.metricKeys.push(key)
  arrays.metricEnds.push(arrays.steps.length)
  arrays.metricCounts.push(metrics.length)
  arrays.minSteps.push(minStep)
  arrays.maxSteps.push(maxStep)
  arrays.minTimestamps.push(minTimestamp)
  arrays.maxTimestamps.push(maxTimestamp)
}

const addParams = (arrays: BatchArrays, { params, paramKeys }: KeyedBatch): void => {
  for (const key of paramKeys) arrays.paramKeys.push(key)
  for (const param of params) arrays.paramValues.push(toStoredParam(param).value)
  arrays.paramEnds.push(arrays.paramKeys.length)
  arrays.paramCounts.push(params.length)
}

const addTags = (arrays: BatchArrays, { tags, tagKeys }: KeyedBatch, ord: number): void => {
  for (const key of tagKeys) arrays.tagKeys.push(key)
  for (const tag of tags) {
    const { key, value } = toStoredTag(tag)
    arrays.tagValues.push(value)
    if (key !== RUN_NAME_TAG) continue
    arrays.nameOrds.push(ord)
    arrays.names.push(value)
  }
  arrays.tagEnds.push(arrays.tagKeys.length)
  arrays.tagCounts.push(tags.length)
}

const addModelPoints = (arrays: BatchArrays, { metrics, metricKeys }: KeyedBatch, ord: number): void => {
  for (const [index, { modelId, value, timestamp, step, datasetName = '', datasetDigest = '' }] of metrics.entries()) {
    const key = metricKeys[index]
    if (modelId === undefined || key === undefined) continue
    arrays.pointOrds.push(ord)
    arrays.pointKeys.push(key)
    arrays.pointSteps.push(step)
    arrays.pointTimestamps.push(timestamp)
    arrays.pointValues.push(toStoredValue(value))
    arrays.pointModels.push(modelId)
    arrays.pointDatasets.push(datasetName)
    arrays.pointDigests.push(datasetDigest)
  }
}

const emptyArrays = (): BatchArrays => ({
  runIds: [],
  metricEnds: [],
  metricCounts: [],
  minSteps: [],
  maxSteps: [],
  minTimestamps: [],
  maxTimestamps: [],
  metricKeys: [],
  steps: [],
  timestamps: [],
  values: [],
  paramEnds: [],
  paramCounts: [],
  paramKeys: [],
  paramValues: [],
  tagEnds: [],
  tagCounts: [],
  tagKeys: [],
  tagValues: [],
  nameOrds: [],
  names: [],
  pointOrds: [],
  pointKeys: [],
  pointSteps: [],
  pointTimestamps: [],
  pointValues: [],
  pointModels: [],
  pointDatasets: [],
  pointDigests: [],
})
