import type { LoggedModel, LoggedModelMetric, LoggedModelStatus, Param, Tag } from '@tidemill/core'
import { type RawBuilder, sql } from 'kysely'
import type { ExperimentKey } from '../tables/experiment.ts'

type Pair = readonly [key: string, value: string]

/** The value is text where JSON has no number for it: NaN. */
type MetricTuple = readonly [
  key: string,
  value: number | string,
  timestamp: number,
  step: number,
  runId: string,
  datasetName: string | null,
  datasetDigest: string | null,
]

/** A logged model with its params and tags, sorted by key, and its metrics in the order in which they were logged. */
export interface LoggedModelRow {
  readonly model_id: string
  readonly experiment_id: ExperimentKey
  readonly name: string
  readonly artifact_uri: string
  readonly status: LoggedModelStatus
  readonly status_message: string | null
  readonly model_type: string | null
  readonly source_run_id: string | null
  readonly creation_time: number
  readonly last_update_time: number
  readonly params: readonly Pair[] | null
  readonly tags: readonly Pair[] | null
  readonly metrics: readonly MetricTuple[] | null
}

/** Columns of `LoggedModelRow` over the table or alias `logged_model`. */
export const loggedModelColumns: RawBuilder<unknown> = sql`
  logged_model.model_id, logged_model.experiment_id, logged_model.name, logged_model.artifact_uri,
  logged_model.status, logged_model.status_message, logged_model.model_type, logged_model.source_run_id,
  logged_model.creation_time, logged_model.last_update_time,
  (select json_agg(json_build_array(key, value) order by key collate "C") from logged_model_param
    where logged_model_param.model_id = logged_model.id) as params,
  (select json_agg(json_build_array(key, value) order by key collate "C") from logged_model_tag
    where logged_model_tag.model_id = logged_model.id) as tags,
  (select json_agg(
      json_build_array(entity_key.key, value, timestamp, step, run_id, dataset_name, dataset_digest)
      order by seq)
    from logged_model_metric join entity_key on entity_key.id = logged_model_metric.key_id
    where logged_model_metric.model_id = logged_model.id) as metrics`

export const toLoggedModel = (row: LoggedModelRow): LoggedModel => ({
  modelId: row.model_id,
  experimentId: String(row.experiment_id),
  name: row.name,
  artifactUri: row.artifact_uri,
  status: row.status,
  ...(row.status_message === null ? {} : { statusMessage: row.status_message }),
  ...(isEmpty(row.model_type) ? {} : { modelType: row.model_type }),
  ...(isEmpty(row.source_run_id) ? {} : { sourceRunId: row.source_run_id }),
  params: toPairs(row.params),
  tags: toPairs(row.tags),
  metrics: (row.metrics ?? []).map(toMetric),
  creationTime: row.creation_time,
  lastUpdateTime: row.last_update_time,
})

const isEmpty = (text: string | null): text is '' | null => text === null || text === ''

const toPairs = (pairs: readonly Pair[] | null): (Param & Tag)[] =>
  (pairs ?? []).map(([key, value]) => ({ key, value }))

const toMetric = ([key, value, timestamp, step, runId, name, digest]: MetricTuple): LoggedModelMetric => ({
  key,
  value: Number(value),
  timestamp,
  step,
  runId,
  ...(name === null ? {} : { datasetName: name }),
  ...(digest === null ? {} : { datasetDigest: digest }),
})
