import type { DatasetInput, MetricSeries, ModelOutput } from '@tidemill/core'
import { toRun, UnreadableError } from '../source/entities.ts'
import { type Fields, findDouble, findInteger, findText, textOf } from '../source/fields.ts'
import type { ReportFinding, SourceRun } from '../source/import-source.ts'
import { toSeries } from '../source/series.ts'
import { readByOwner, toTag } from './rows.ts'
import { placeholders, type SqlReader } from './sql-reader.ts'

/** The runs of an experiment after an id, and the last id when there may be more. */
export const readRuns = async (
  reader: SqlReader,
  experimentId: string,
  after: string,
  limit: number,
  report: ReportFinding,
): Promise<{ readonly runs: readonly SourceRun[]; readonly last: string | undefined }> => {
  const columns = await reader.columnsOf('runs')
  const rows = await reader.all(
    `select run_uuid as run_id, name as run_name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri,
      cast(experiment_id as varchar(20)) as experiment_id,
      ${columns.has('deleted_time') ? 'deleted_time' : 'null as deleted_time'}
    from runs where experiment_id = cast(? as bigint) and run_uuid > ? order by run_uuid limit ${limit}`,
    [experimentId, after],
  )
  const ids = rows.map(({ run_id: id }) => textOf(id))
  const [params, tags, inputs] = [
    await readByOwner(reader, { table: 'params', columns: '"key", "value"', owner: 'run_uuid', orderBy: '"key"' }, ids),
    await readByOwner(reader, { table: 'tags', columns: '"key", "value"', owner: 'run_uuid', orderBy: '"key"' }, ids),
    await readInputs(reader, ids),
  ]
  const hasNan = (await reader.columnsOf('metrics')).has('is_nan')
  const runs = rows.flatMap((row): SourceRun[] => {
    const id = textOf(row.run_id)
    try {
      const run = toRun(row, {
        params: (params.get(id) ?? []).map(toTag),
        tags: (tags.get(id) ?? []).map(toTag),
        datasets: inputs.datasets.get(id) ?? [],
        modelIds: (inputs.models.get(id) ?? []).map(({ model_id: modelId }) => textOf(modelId)),
        modelOutputs: (inputs.outputs.get(id) ?? []).map(toModelOutput),
      })
      return [{ run, metrics: () => readMetrics(reader, id, hasNan, report) }]
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error
      report({ where: `runs ${id}`, message: error.message })
      return []
    }
  })
  return { runs, last: rows.length < limit ? undefined : ids.at(-1) }
}

const toModelOutput = (row: Fields): ModelOutput => ({
  modelId: textOf(row.model_id),
  step: findInteger(row.step) ?? 0,
})

const readMetrics = (
  reader: SqlReader,
  runId: string,
  hasNan: boolean,
  report: ReportFinding,
): AsyncGenerator<MetricSeries> =>
  toSeries(
    readPoints(
      reader.stream(
        `select "key", "value", "timestamp", step, ${hasNan ? 'is_nan' : 'null as is_nan'} from metrics
        where run_uuid = ? order by "key", step, "timestamp", "value"`,
        [runId],
      ),
      `metrics of run ${runId}`,
      report,
    ),
  )

async function* readPoints(batches: AsyncIterable<readonly Fields[]>, where: string, report: ReportFinding) {
  for await (const batch of batches) {
    yield batch.flatMap((row) => {
      const key = textOf(row.key)
      const isNan = row.is_nan === true || row.is_nan === 1
      const value = isNan ? Number.NaN : findDouble(row.value)
      const timestamp = findInteger(row.timestamp)
      const step = findInteger(row.step ?? 0)
      if (value !== undefined && timestamp !== undefined && step !== undefined) return [{ key, value, timestamp, step }]
      report({ where, message: `a point of '${key}' is left out: its step or time is no integer within 2^53` })
      return []
    })
  }
}

interface Inputs {
  readonly datasets: ReadonlyMap<string, readonly DatasetInput[]>
  readonly models: ReadonlyMap<string, readonly Fields[]>
  readonly outputs: ReadonlyMap<string, readonly Fields[]>
}

/** An input is an edge: from a dataset or to a model, and from a run to a model that it made. */
const readInputs = async (reader: SqlReader, runIds: readonly string[]): Promise<Inputs> => {
  const columns = await reader.columnsOf('inputs')
  if (columns.size === 0 || runIds.length === 0) return { datasets: new Map(), models: new Map(), outputs: new Map() }
  const step = columns.has('step') ? 'step' : '0 as step'
  const used = await reader.all(
    `select input_uuid, source_type, source_id, destination_type, destination_id from inputs
    where destination_type = 'RUN' and source_type = 'DATASET' and destination_id in (${placeholders(runIds)})
    order by input_uuid`,
    runIds,
  )
  const models = await reader.all(
    `select source_id as owner, destination_id as model_id, source_type, ${step} from inputs
    where source_type in ('RUN_INPUT', 'RUN_OUTPUT') and source_id in (${placeholders(runIds)}) order by input_uuid`,
    runIds,
  )
  return {
    datasets: await readDatasets(reader, used),
    models: groupByOwner(models.filter(({ source_type: type }) => type === 'RUN_INPUT')),
    outputs: groupByOwner(models.filter(({ source_type: type }) => type === 'RUN_OUTPUT')),
  }
}

const groupByOwner = (rows: readonly Fields[]): ReadonlyMap<string, readonly Fields[]> =>
  Map.groupBy(rows, ({ owner }) => textOf(owner))

const readDatasets = async (
  reader: SqlReader,
  used: readonly Fields[],
): Promise<ReadonlyMap<string, readonly DatasetInput[]>> => {
  const tags = await readByOwner(
    reader,
    { table: 'input_tags', columns: 'name as "key", "value"', owner: 'input_uuid', orderBy: 'name' },
    used.map(({ input_uuid: id }) => textOf(id)),
  )
  const datasets = await readByOwner(
    reader,
    {
      table: 'datasets',
      columns: 'name, digest, dataset_source_type, dataset_source, dataset_schema, dataset_profile',
      owner: 'dataset_uuid',
      orderBy: 'dataset_uuid',
    },
    [...new Set(used.map(({ source_id: id }) => textOf(id)))],
  )
  const byRun = new Map<string, DatasetInput[]>()
  for (const input of used) {
    const row = datasets.get(textOf(input.source_id))?.[0]
    if (row === undefined) continue
    const runId = textOf(input.destination_id)
    const linked = { dataset: toDataset(row), tags: (tags.get(textOf(input.input_uuid)) ?? []).map(toTag) }
    byRun.set(runId, [...(byRun.get(runId) ?? []), linked])
  }
  return byRun
}

const toDataset = (row: Fields): DatasetInput['dataset'] => {
  const schema = findText(row.dataset_schema)
  const profile = findText(row.dataset_profile)
  return {
    name: textOf(row.name),
    digest: textOf(row.digest),
    sourceType: textOf(row.dataset_source_type),
    source: textOf(row.dataset_source),
    ...(schema === undefined ? {} : { schema }),
    ...(profile === undefined ? {} : { profile }),
  }
}
