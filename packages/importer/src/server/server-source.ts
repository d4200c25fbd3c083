import type {
  DatasetInput,
  Experiment,
  ImportedLoggedModel,
  ImportedRegisteredModel,
  LoggedModelMetric,
  MetricSeries,
  Tag,
} from '@tidemill/core'
import { mapConcurrently } from '../concurrency/map-concurrently.ts'
import { distinct, toExperiment, toModelVersion, toRun, UnreadableError } from '../source/entities.ts'
import { type Fields, findDouble, findInteger, findText, textOf, toFields, toList } from '../source/fields.ts'
import type { ImportSource, ReportFinding, SourceRun } from '../source/import-source.ts'
import { toLoggedModel } from '../source/logged-model-entity.ts'
import { toSeries } from '../source/series.ts'
import { RestError, type RestClient } from './rest-client.ts'
import { findServerArtifacts } from './server-folder.ts'

const API = '/api/2.0/mlflow'
const MAX_EXPERIMENTS = 1000
const MAX_RUNS = 200
const MAX_POINTS = 25_000
const MAX_LOGGED_MODELS = 100
const MAX_REGISTERED = 200
/** As many as the client has connections. */
const REQUESTS_AT_ONCE = 4

/** A running server, by its REST API. What it gets while it is read may be seen in part: stop its writers first. */
export const createServerSource = (client: RestClient, report: ReportFinding): ImportSource => {
  const readable = <T>(where: string, read: () => T): T[] => {
    try {
      return [read()]
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error
      report({ where, message: error.message })
      return []
    }
  }
  let loggedModels: Promise<boolean> | undefined
  const hasLoggedModels = (): Promise<boolean> => (loggedModels ??= knowsLoggedModels(client))
  /** A search leaves out the models that a run used. */
  const getRun = async (found: Fields): Promise<Fields> =>
    toFields((await client.get(`${API}/runs/get`, { run_id: textOf(toFields(found.info).run_id) })).run)
  return {
    description: `server ${client.url}`,
    countRuns: async () => undefined,
    listExperiments: async function* (): AsyncGenerator<Experiment> {
      const pages = readPages(client, '/experiments/search', { max_results: MAX_EXPERIMENTS, view_type: 'ALL' })
      for await (const page of pages) {
        for (const fields of toList(page.experiments).map(toFields)) {
          yield* readable(`experiment ${textOf(fields.experiment_id)}`, () => toExperiment(fields, toTags(fields.tags)))
        }
      }
    },
    listRuns: async function* (experimentId): AsyncGenerator<readonly SourceRun[]> {
      const body = {
        experiment_ids: [experimentId],
        run_view_type: 'ALL',
        max_results: MAX_RUNS,
        order_by: ['attributes.start_time ASC'],
      }
      for await (const page of readPages(client, '/runs/search', body)) {
        const runs = toList(page.runs).map(toFields)
        const whole = (await hasLoggedModels()) ? await mapConcurrently(runs, REQUESTS_AT_ONCE, getRun) : runs
        yield whole.flatMap((fields) =>
          readable(`run ${textOf(toFields(fields.info).run_id)}`, () => toSourceRun(client, fields)),
        )
      }
    },
    listLoggedModels: async function* (experimentId) {
      if (await hasLoggedModels()) yield* readLoggedModels(client, experimentId, readable)
    },
    listRegisteredModels: () => readRegisteredModels(client, readable),
    countLeftOut: async () => new Map(),
    findArtifacts: (owner) => findServerArtifacts(client, owner),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
    },
  }
}

type Readable = <T>(where: string, read: () => T) => T[]

async function* readPages(client: RestClient, path: string, body: Fields): AsyncGenerator<Fields> {
  for (let token = ''; ;) {
    const page = await client.post(`${API}${path}`, token === '' ? body : { ...body, page_token: token })
    yield page
    token = textOf(page.next_page_token)
    if (token === '') return
  }
}

async function* getPages(
  client: RestClient,
  path: string,
  query: Readonly<Record<string, string>>,
): AsyncGenerator<Fields> {
  for (let token = ''; ;) {
    const page = await client.get(`${API}${path}`, token === '' ? query : { ...query, page_token: token })
    yield page
    token = textOf(page.next_page_token)
    if (token === '') return
  }
}

const toTags = (value: unknown): Tag[] =>
  toList(value)
    .map(toFields)
    .map(({ key, value: text }) => ({ key: textOf(key), value: textOf(text) }))

const toSourceRun = (client: RestClient, fields: Fields): SourceRun => {
  const data = toFields(fields.data)
  const inputs = toFields(fields.inputs)
  const run = toRun(toFields(fields.info), {
    params: toTags(data.params),
    tags: toTags(data.tags),
    datasets: toList(inputs.dataset_inputs).map(toFields).map(toDatasetInput),
    modelIds: toList(inputs.model_inputs).map((input) => textOf(toFields(input).model_id)),
    modelOutputs: toList(toFields(fields.outputs).model_outputs)
      .map(toFields)
      .map((output) => ({ modelId: textOf(output.model_id), step: findInteger(output.step) ?? 0 })),
  })
  const keys = toList(data.metrics).map((metric) => textOf(toFields(metric).key))
  return { run, metrics: () => readMetrics(client, run.runId, keys) }
}

const toDatasetInput = (fields: Fields): DatasetInput => {
  const dataset = toFields(fields.dataset)
  const schema = findText(dataset.schema)
  const profile = findText(dataset.profile)
  return {
    dataset: {
      name: textOf(dataset.name),
      digest: textOf(dataset.digest),
      sourceType: textOf(dataset.source_type),
      source: textOf(dataset.source),
      ...(schema === undefined ? {} : { schema }),
      ...(profile === undefined ? {} : { profile }),
    },
    tags: toTags(fields.tags),
  }
}

/** Key by key, in the order of the keys: the server has its own. */
async function* readMetrics(client: RestClient, runId: string, keys: readonly string[]): AsyncGenerator<MetricSeries> {
  for (const key of keys.toSorted()) {
    const query = { run_id: runId, metric_key: key, max_results: String(MAX_POINTS) }
    yield* toSeries(readPoints(getPages(client, '/metrics/get-history', query), key))
  }
}

async function* readPoints(pages: AsyncIterable<Fields>, key: string) {
  for await (const page of pages) {
    yield toList(page.metrics)
      .map(toFields)
      .flatMap((metric) => toPoint(metric).map((point) => ({ key, ...point })))
  }
}

const toPoint = (metric: Fields): { step: number; timestamp: number; value: number }[] => {
  const value = findDouble(metric.value)
  const timestamp = findInteger(metric.timestamp)
  const step = findInteger(metric.step ?? 0)
  return value === undefined || timestamp === undefined || step === undefined ? [] : [{ step, timestamp, value }]
}

/** Servers before MLflow 3 do not know the route. */
const knowsLoggedModels = async (client: RestClient): Promise<boolean> => {
  try {
    await client.post(`${API}/logged-models/search`, { experiment_ids: ['0'], max_results: 1 })
    return true
  } catch (error) {
    if (error instanceof RestError && error.status === 404) return false
    throw error
  }
}

/** Deleted ones are not listed by any server. */
async function* readLoggedModels(
  client: RestClient,
  experimentId: string,
  readable: Readable,
): AsyncGenerator<ImportedLoggedModel> {
  const body = { experiment_ids: [experimentId], max_results: MAX_LOGGED_MODELS }
  for await (const page of readPages(client, '/logged-models/search', body)) {
    for (const fields of toList(page.models).map(toFields)) {
      yield* readable(`logged model ${textOf(toFields(fields.info).model_id)}`, () => toImportedModel(fields))
    }
  }
}

const toImportedModel = (fields: Fields): ImportedLoggedModel => {
  const info = toFields(fields.info)
  const data = toFields(fields.data)
  return toLoggedModel(
    {
      ...info,
      artifact_location: info.artifact_uri,
      creation_timestamp: info.creation_timestamp_ms,
      last_updated_timestamp: info.last_updated_timestamp_ms,
    },
    {
      params: toTags(data.params),
      tags: toTags(info.tags),
      metrics: toList(data.metrics).map(toFields).flatMap(toModelMetric),
    },
  )
}

const toModelMetric = (metric: Fields): LoggedModelMetric[] =>
  toPoint(metric).map((point) => {
    const datasetName = textOf(metric.dataset_name)
    const datasetDigest = textOf(metric.dataset_digest)
    return {
      key: textOf(metric.key),
      ...point,
      runId: textOf(metric.run_id),
      ...(datasetName === '' ? {} : { datasetName }),
      ...(datasetDigest === '' ? {} : { datasetDigest }),
    }
  })

async function* readRegisteredModels(client: RestClient, readable: Readable): AsyncGenerator<ImportedRegisteredModel> {
  for await (const page of getPages(client, '/registered-models/search', { max_results: String(MAX_REGISTERED) })) {
    for (const model of toList(page.registered_models).map(toFields)) {
      const name = textOf(model.name)
      const versions: Fields[] = []
      const query = { filter: `name='${name}'`, max_results: String(MAX_REGISTERED) }
      for await (const each of getPages(client, '/model-versions/search', query)) {
        versions.push(...toList(each.model_versions).map(toFields))
      }
      yield* readable(`registered model '${name}'`, () => toRegisteredModel(model, versions))
    }
  }
}

const toRegisteredModel = (model: Fields, rows: readonly Fields[]): ImportedRegisteredModel => {
  const versions = rows
    .map((row) => toModelVersion(row, toTags(row.tags)))
    .filter((version) => version !== undefined)
    .toSorted((a, b) => a.version - b.version)
  const numbers = new Set(versions.map(({ version }) => version))
  const creationTime = findInteger(model.creation_timestamp) ?? 0
  return {
    name: textOf(model.name),
    description: textOf(model.description),
    tags: distinct(toTags(model.tags)),
    aliases: toList(model.aliases)
      .map(toFields)
      .map(({ alias, version }) => ({ alias: textOf(alias), version: findInteger(version) ?? 0 }))
      .filter(({ version }) => numbers.has(version)),
    versions,
    // Numbers of deleted versions above the last one are not to be had from a server.
    lastVersion: versions.at(-1)?.version ?? 0,
    creationTime,
    lastUpdateTime: findInteger(model.last_updated_timestamp) ?? creationTime,
  }
}
