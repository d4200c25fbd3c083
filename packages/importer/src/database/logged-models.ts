import type { ImportedLoggedModel, LoggedModelMetric } from '@tidemill/core'
import { UnreadableError } from '../source/entities.ts'
import { type Fields, findDouble, findInteger, findText, textOf } from '../source/fields.ts'
import type { ReportFinding } from '../source/import-source.ts'
import { toLoggedModel } from '../source/logged-model-entity.ts'
import { readByOwner, toTag } from './rows.ts'
import type { SqlReader } from './sql-reader.ts'

const MODELS_PER_PAGE = 100

/** None in a schema before MLflow 3. */
export async function* readLoggedModels(
  reader: SqlReader,
  experimentId: string,
  report: ReportFinding,
): AsyncGenerator<ImportedLoggedModel> {
  if ((await reader.columnsOf('logged_models')).size === 0) return
  for (let after = ''; ;) {
    const rows = await reader.all(
      `select model_id, cast(experiment_id as varchar(20)) as experiment_id, name, artifact_location,
        creation_timestamp_ms as creation_timestamp, last_updated_timestamp_ms as last_updated_timestamp, status,
        lifecycle_stage, model_type, source_run_id, status_message
      from logged_models where experiment_id = cast(? as bigint) and model_id > ?
      order by model_id limit ${MODELS_PER_PAGE}`,
      [experimentId, after],
    )
    yield* await completeModels(reader, rows, report)
    const last = rows.at(-1)
    if (last === undefined || rows.length < MODELS_PER_PAGE) return
    after = textOf(last.model_id)
  }
}

const completeModels = async (
  reader: SqlReader,
  rows: readonly Fields[],
  report: ReportFinding,
): Promise<ImportedLoggedModel[]> => {
  const ids = rows.map(({ model_id: id }) => textOf(id))
  const params = await readByOwner(
    reader,
    {
      table: 'logged_model_params',
      columns: 'param_key as "key", param_value as "value"',
      owner: 'model_id',
      orderBy: 'param_key',
    },
    ids,
  )
  const tags = await readByOwner(
    reader,
    {
      table: 'logged_model_tags',
      columns: 'tag_key as "key", tag_value as "value"',
      owner: 'model_id',
      orderBy: 'tag_key',
    },
    ids,
  )
  const metrics = await readByOwner(
    reader,
    {
      table: 'logged_model_metrics',
      columns: 'metric_name, metric_timestamp_ms, metric_step, metric_value, run_id, dataset_name, dataset_digest',
      owner: 'model_id',
      orderBy: 'model_id, metric_name, metric_step, metric_timestamp_ms, run_id',
    },
    ids,
  )
  return rows.flatMap((row) => {
    const id = textOf(row.model_id)
    try {
      return [
        toLoggedModel(row, {
          params: (params.get(id) ?? []).map(toTag),
          tags: (tags.get(id) ?? []).map(toTag),
          metrics: (metrics.get(id) ?? []).flatMap(toMetric),
        }),
      ]
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error
      report({ where: `logged_models ${id}`, message: error.message })
      return []
    }
  })
}

/** The column has null where the value is NaN. */
const toMetric = (row: Fields): LoggedModelMetric[] => {
  const timestamp = findInteger(row.metric_timestamp_ms)
  const step = findInteger(row.metric_step)
  if (timestamp === undefined || step === undefined) return []
  const datasetName = findText(row.dataset_name)
  const datasetDigest = findText(row.dataset_digest)
  return [
    {
      key: textOf(row.metric_name),
      value: findDouble(row.metric_value) ?? Number.NaN,
      timestamp,
      step,
      runId: textOf(row.run_id),
      ...(datasetName === undefined ? {} : { datasetName }),
      ...(datasetDigest === undefined ? {} : { datasetDigest }),
    },
  ]
}
