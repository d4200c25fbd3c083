import type {
  Experiment,
  ImportedLoggedModel,
  ImportedRegisteredModel,
  ImportedRun,
  LoggedModelMetric,
  Tag,
} from '@tidemill/core'
import type { Differences } from './differences.ts'

/** What the target has beyond the source is no difference: people go on working there. */
const comparePairs = (
  differences: Differences,
  where: string,
  what: string,
  source: readonly Tag[],
  target: readonly Tag[],
): void => {
  const there = new Map(target.map(({ key, value }) => [key, value]))
  for (const { key, value } of source) differences.compare(where, `${what} '${key}'`, value, there.get(key))
}

export const compareExperiments = (differences: Differences, source: Experiment, target: Experiment): void => {
  const where = `experiment ${source.experimentId}`
  for (const field of ['name', 'artifactLocation', 'lifecycleStage', 'creationTime'] as const) {
    differences.compare(where, field, source[field], target[field])
  }
  comparePairs(differences, where, 'tag', source.tags, target.tags)
}

const RUN_FIELDS = [
  'runName',
  'experimentId',
  'userId',
  'status',
  'startTime',
  'endTime',
  'artifactUri',
  'lifecycleStage',
] as const

export const compareRuns = (differences: Differences, source: ImportedRun, target: ImportedRun): void => {
  const where = `run ${source.runId}`
  for (const field of RUN_FIELDS) differences.compare(where, field, source[field], target[field])
  if (source.deletedTime !== undefined)
    differences.compare(where, 'deletedTime', source.deletedTime, target.deletedTime)
  comparePairs(differences, where, 'param', source.params, target.params)
  comparePairs(differences, where, 'tag', source.tags, target.tags)
  const datasets = new Map(target.inputs.datasets.map((input) => [nameOf(input), input]))
  for (const input of source.inputs.datasets) {
    const there = datasets.get(nameOf(input))
    if (there === undefined) differences.add(`${where}: dataset ${nameOf(input)} is absent`)
    else comparePairs(differences, where, `tag of dataset ${nameOf(input)}`, input.tags, there.tags)
  }
  for (const modelId of source.inputs.modelIds) {
    if (!target.inputs.modelIds.includes(modelId)) differences.add(`${where}: input model ${modelId} is absent`)
  }
  for (const { modelId, step } of source.modelOutputs) {
    const there = target.modelOutputs.find((output) => output.modelId === modelId)
    differences.compare(
      where,
      `output model ${modelId}`,
      { step },
      there === undefined ? undefined : { step: there.step },
    )
  }
}

const nameOf = ({ dataset }: ImportedRun['inputs']['datasets'][number]): string => `'${dataset.name}' ${dataset.digest}`

const LOGGED_MODEL_FIELDS = [
  'experimentId',
  'name',
  'artifactUri',
  'status',
  'statusMessage',
  'modelType',
  'sourceRunId',
  'lifecycleStage',
  'creationTime',
] as const

export const compareLoggedModels = (
  differences: Differences,
  source: ImportedLoggedModel,
  target: ImportedLoggedModel,
): void => {
  const where = `logged model ${source.modelId}`
  for (const field of LOGGED_MODEL_FIELDS) differences.compare(where, field, source[field], target[field])
  comparePairs(differences, where, 'param', source.params, target.params)
  comparePairs(differences, where, 'tag', source.tags, target.tags)
  const there = new Set(target.metrics.map(toText))
  for (const metric of source.metrics) {
    if (!there.has(toText(metric)))
      differences.add(`${where}: a point of '${metric.key}' at step ${metric.step} is absent`)
  }
}

const toText = ({ key, runId, step, timestamp, value }: LoggedModelMetric): string =>
  [key, runId, step, timestamp, value].join(' ')

const VERSION_FIELDS = [
  'stage',
  'description',
  'source',
  'storageLocation',
  'runId',
  'runLink',
  'userId',
  'creationTime',
] as const

export const compareRegisteredModels = (
  differences: Differences,
  source: ImportedRegisteredModel,
  target: ImportedRegisteredModel,
): void => {
  const where = `registered model '${source.name}'`
  for (const field of ['description', 'creationTime'] as const) {
    differences.compare(where, field, source[field], target[field])
  }
  if (target.lastVersion < source.lastVersion) {
    differences.compare(where, 'last version', source.lastVersion, target.lastVersion)
  }
  comparePairs(differences, where, 'tag', source.tags, target.tags)
  const toPairs = ({ aliases }: ImportedRegisteredModel) =>
    aliases.map(({ alias, version }) => ({ key: alias, value: String(version) }))
  comparePairs(differences, where, 'alias', toPairs(source), toPairs(target))
  const versions = new Map(target.versions.map((version) => [version.version, version]))
  for (const version of source.versions) {
    const there = versions.get(version.version)
    if (there === undefined) {
      differences.add(`${where}: version ${version.version} is absent`)
      continue
    }
    for (const field of VERSION_FIELDS) {
      differences.compare(`${where} version ${version.version}`, field, version[field], there[field])
    }
    comparePairs(differences, `${where} version ${version.version}`, 'tag', version.tags, there.tags)
  }
}
