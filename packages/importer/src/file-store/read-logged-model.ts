import { join } from 'node:path'
import type { ImportedLoggedModel, LoggedModelMetric } from '@tidemill/core'
import { toLoggedModel } from '../source/logged-model-entity.ts'
import { parseMetricLine, readLines } from './metric-file.ts'
import type { StoreFolder } from './store-folder.ts'

/** Undefined for a folder that is no logged model. Throws UnreadableError. */
export const readLoggedModel = async (
  folder: StoreFolder,
  experiment: { readonly path: string; readonly experimentId: string },
  modelId: string,
): Promise<ImportedLoggedModel | undefined> => {
  const path = join(experiment.path, 'models', modelId)
  const meta = await folder.readMeta(path)
  if (meta === undefined) return undefined
  return toLoggedModel(
    { ...meta, experiment_id: experiment.experimentId },
    {
      params: await folder.readValues(join(path, 'params')),
      tags: await folder.readValues(join(path, 'tags')),
      metrics: await readMetrics(folder, join(path, 'metrics')),
    },
  )
}

/** Lines of `timestamp value step run`, and the name and digest of a dataset. */
const readMetrics = async (folder: StoreFolder, path: string): Promise<LoggedModelMetric[]> => {
  const metrics: LoggedModelMetric[] = []
  for (const key of await folder.listKeys(path)) {
    const file = join(path, key)
    for await (const { line, number } of readLines(file)) {
      const point = parseMetricLine(line)
      const [, , , runId, datasetName, datasetDigest] = line.split(' ')
      if (point === undefined || runId === undefined) {
        folder.report({ where: `${file}:${number}`, message: `'${line.slice(0, 80)}' is no metric point of a model` })
        continue
      }
      metrics.push({
        key,
        ...point,
        runId,
        ...(datasetName === undefined ? {} : { datasetName }),
        ...(datasetDigest === undefined ? {} : { datasetDigest }),
      })
    }
  }
  return metrics
}
