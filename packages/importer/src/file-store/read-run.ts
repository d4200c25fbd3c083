import { join } from 'node:path'
import { type DatasetInput, type MetricSeries, type ModelOutput, type Tag } from '@tidemill/core'
import { toRun } from '../source/entities.ts'
import { findInteger, findText, textOf, toFields } from '../source/fields.ts'
import type { SourceRun } from '../source/import-source.ts'
import { readMetricFile } from './metric-file.ts'
import { MAX_DATASET_BYTES, type StoreFolder } from './store-folder.ts'

/** Undefined for a folder that is no run. Throws UnreadableError. */
export const readRun = async (
  folder: StoreFolder,
  experiment: { readonly path: string; readonly experimentId: string },
  runId: string,
): Promise<SourceRun | undefined> => {
  const path = join(experiment.path, runId)
  const meta = await folder.readMeta(path)
  if (meta === undefined) return undefined
  const inputs = await readInputs(folder, experiment.path, path)
  const run = toRun(
    { ...meta, run_id: findText(meta.run_id) ?? runId, experiment_id: experiment.experimentId },
    {
      params: await folder.readValues(join(path, 'params')),
      tags: [...readInlineTags(meta.tags), ...(await folder.readValues(join(path, 'tags')))],
      datasets: inputs.datasets,
      modelIds: inputs.modelIds,
      modelOutputs: await readOutputs(folder, path),
    },
  )
  return { run, metrics: () => readMetrics(folder, join(path, 'metrics')) }
}

async function* readMetrics(folder: StoreFolder, path: string): AsyncGenerator<MetricSeries> {
  for (const key of await folder.listKeys(path)) yield* readMetricFile(join(path, key), key, folder.report)
}

/** Files before MLflow 1.0 have tags in `meta.yaml`; later ones an empty list. */
const readInlineTags = (value: unknown): Tag[] =>
  Array.isArray(value)
    ? value.map(toFields).map(({ key, value: text }) => ({ key: textOf(key), value: textOf(text) }))
    : []

const readInputs = async (
  folder: StoreFolder,
  experimentPath: string,
  runPath: string,
): Promise<{ readonly datasets: readonly DatasetInput[]; readonly modelIds: readonly string[] }> => {
  const datasets: DatasetInput[] = []
  const modelIds: string[] = []
  for (const name of await folder.listFolders(join(runPath, 'inputs'))) {
    const input = await folder.readMeta(join(runPath, 'inputs', name))
    if (input === undefined) continue
    if (input.source_type === 'DATASET') {
      const dataset = await readDataset(folder, experimentPath, textOf(input.source_id))
      if (dataset !== undefined) datasets.push({ dataset, tags: toPairs(input.tags) })
    } else {
      modelIds.push(textOf(input.destination_id) || textOf(input.source_id))
    }
  }
  return { datasets, modelIds }
}

const readDataset = async (
  folder: StoreFolder,
  experimentPath: string,
  datasetId: string,
): Promise<DatasetInput['dataset'] | undefined> => {
  // The id is text of a file: it must not lead anywhere else.
  if (!/^[\w-]+$/.test(datasetId)) return undefined
  const meta = await folder.readMeta(join(experimentPath, 'datasets', datasetId), MAX_DATASET_BYTES)
  if (meta === undefined) return undefined
  const schema = findText(meta.schema)
  const profile = findText(meta.profile)
  return {
    name: textOf(meta.name),
    digest: textOf(meta.digest),
    sourceType: textOf(meta.source_type),
    source: textOf(meta.source),
    ...(schema === undefined ? {} : { schema }),
    ...(profile === undefined ? {} : { profile }),
  }
}

const readOutputs = async (folder: StoreFolder, runPath: string): Promise<ModelOutput[]> => {
  const outputs: ModelOutput[] = []
  for (const name of await folder.listFolders(join(runPath, 'outputs'))) {
    const meta = await folder.readMeta(join(runPath, 'outputs', name))
    if (meta !== undefined) {
      outputs.push({ modelId: textOf(meta.destination_id) || name, step: findInteger(meta.step) ?? 0 })
    }
  }
  return outputs
}

export const toPairs = (value: unknown): Tag[] =>
  Object.entries(toFields(value)).map(([key, text]) => ({ key, value: textOf(text) }))
