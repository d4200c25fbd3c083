import {
  type DatasetInput,
  type Experiment,
  type ImportedModelVersion,
  type ImportedRun,
  type LifecycleStage,
  type LoggedModelStatus,
  MODEL_STAGES,
  type ModelOutput,
  RUN_NAME_TAG,
  RUN_STATUSES,
  type RunStatus,
  type Tag,
} from '@tidemill/core'
import { type Fields, findInteger, findText, textOf } from './fields.ts'

/** A record that lacks what it cannot be without. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError'
}

/** Of the enums of MLflow's protobufs, as its file store writes them. */
const STATUS_NUMBERS: ReadonlyMap<string, RunStatus> = new Map([
  ['1', 'RUNNING'],
  ['2', 'SCHEDULED'],
  ['3', 'FINISHED'],
  ['4', 'FAILED'],
  ['5', 'KILLED'],
])
const MODEL_STATUS_NUMBERS: ReadonlyMap<string, LoggedModelStatus> = new Map([
  ['1', 'PENDING'],
  ['2', 'READY'],
  ['3', 'UPLOAD_FAILED'],
])
/** Sixty-four bits of Postgres. */
const MAX_EXPERIMENT_ID = 2n ** 63n - 1n
const ID = /^[a-zA-Z0-9][\w-]{0,255}$/
/** Longer keys do not fit the index of the key dictionary. */
const MAX_KEY_LENGTH = 1000

/** Throws UnreadableError without a numeric id or a name. */
export const toExperiment = (fields: Fields, tags: readonly Tag[]): Experiment => {
  const experimentId = toExperimentId(fields.experiment_id)
  const name = textOf(fields.name)
  if (name === '') throw new UnreadableError(`experiment ${experimentId} has no name`)
  const creationTime = findInteger(fields.creation_time) ?? 0
  return {
    experimentId,
    name: name.slice(0, 500),
    artifactLocation: textOf(fields.artifact_location),
    lifecycleStage: toLifecycleStage(fields.lifecycle_stage),
    creationTime,
    lastUpdateTime: findInteger(fields.last_update_time) ?? creationTime,
    tags: distinct(tags),
  }
}

export const toExperimentId = (value: unknown): string => {
  const text = textOf(value)
  if (!/^\d{1,19}$/.test(text) || BigInt(text) > MAX_EXPERIMENT_ID) {
    throw new UnreadableError(`'${text}' is no experiment id: expected a number of at most 64 bits`)
  }
  return String(BigInt(text))
}

export interface RunParts {
  readonly params: readonly Tag[]
  readonly tags: readonly Tag[]
  readonly datasets: readonly DatasetInput[]
  readonly modelIds: readonly string[]
  readonly modelOutputs: readonly ModelOutput[]
}

/** `fields` as `RunInfo` on the wire. Throws UnreadableError without an id. */
export const toRun = (fields: Fields, parts: RunParts): ImportedRun => {
  const runId = findText(fields.run_id) ?? textOf(fields.run_uuid)
  if (!ID.test(runId)) throw new UnreadableError(`'${runId}' is no run id`)
  const tags = new Map(distinct(parts.tags).map(({ key, value }) => [key, value]))
  const runName = (findText(fields.run_name) || tags.get(RUN_NAME_TAG)) ?? ''
  if (runName !== '') tags.set(RUN_NAME_TAG, runName)
  const endTime = findInteger(fields.end_time)
  const deletedTime = findInteger(fields.deleted_time)
  return {
    runId,
    runName,
    experimentId: toExperimentId(fields.experiment_id),
    userId: textOf(fields.user_id),
    status: toRunStatus(fields.status),
    startTime: findInteger(fields.start_time) ?? 0,
    ...(endTime === undefined || endTime === 0 ? {} : { endTime }),
    ...(deletedTime === undefined ? {} : { deletedTime }),
    artifactUri: textOf(fields.artifact_uri),
    lifecycleStage: toLifecycleStage(fields.lifecycle_stage),
    params: distinct(parts.params),
    tags: [...tags].map(([key, value]) => ({ key, value })),
    inputs: { datasets: parts.datasets, modelIds: [...new Set(parts.modelIds)] },
    modelOutputs: [...new Map(parts.modelOutputs.map((output) => [output.modelId, output])).values()],
  }
}

const toRunStatus = (value: unknown): RunStatus => {
  const text = textOf(value)
  return RUN_STATUSES.find((status) => status === text) ?? STATUS_NUMBERS.get(text) ?? 'FINISHED'
}

export const toLifecycleStage = (value: unknown): LifecycleStage => (value === 'deleted' ? 'deleted' : 'active')

/** `LOGGED_MODEL_READY` on the wire, 2 in databases and files. */
export const toModelStatus = (value: unknown): LoggedModelStatus => {
  const text = textOf(value).replace(/^LOGGED_MODEL_/, '')
  if (text === 'PENDING' || text === 'READY' || text === 'UPLOAD_FAILED') return text
  return MODEL_STATUS_NUMBERS.get(text) ?? 'PENDING'
}

/** Undefined for a version that was deleted. Throws UnreadableError without a number. */
export const toModelVersion = (fields: Fields, tags: readonly Tag[]): ImportedModelVersion | undefined => {
  const version = findInteger(fields.version)
  if (version === undefined || version < 1)
    throw new UnreadableError(`'${textOf(fields.version)}' is no version number`)
  const stage = textOf(fields.current_stage)
  if (stage === 'Deleted_Internal') return undefined
  const creationTime = findInteger(fields.creation_timestamp) ?? 0
  const userId = textOf(fields.user_id)
  const source = textOf(fields.source)
  return {
    version,
    stage: MODEL_STAGES.find((each) => each === stage) ?? 'None',
    description: textOf(fields.description),
    source,
    storageLocation: textOf(fields.storage_location) || source,
    runId: textOf(fields.run_id),
    runLink: textOf(fields.run_link),
    ...(userId === '' ? {} : { userId }),
    tags: distinct(tags),
    creationTime,
    lastUpdateTime: findInteger(fields.last_updated_timestamp) ?? creationTime,
  }
}

/** The last of each key; keys that cannot be kept are left out. */
export const distinct = (pairs: readonly Tag[]): Tag[] => [
  ...new Map(pairs.filter(({ key }) => isKey(key)).map(({ key, value }) => [key, { key, value }])).values(),
]

export const isKey = (key: string): boolean => key !== '' && key.length <= MAX_KEY_LENGTH && !key.includes('\0')
