import { z } from 'zod'
import { ViewTypeWire } from '../experiment/wire.ts'
import { runMessage } from '../wire/run-message.ts'
import {
  Double,
  DoubleWire,
  IdText,
  Int64,
  OptionalId,
  protoEnum,
  RequiredString,
  TagWire,
  toDoubleWire,
} from '../wire/scalars.ts'
import {
  type DatasetInput,
  type Metric,
  type ModelOutput,
  type Param,
  type Run,
  type RunInfo,
  type RunInputs,
  RUN_STATUSES,
} from './run.ts'

export const RunStatusWire = protoEnum({ RUNNING: 1, SCHEDULED: 2, FINISHED: 3, FAILED: 4, KILLED: 5 })

/** Of a metric that was measured on a dataset or a logged model. */
const MetricOrigin = {
  model_id: z.string().optional(),
  dataset_name: z.string().optional(),
  dataset_digest: z.string().optional(),
}
const MetricInput = {
  key: RequiredString,
  value: Double,
  timestamp: Int64,
  step: Int64.default(0),
  ...MetricOrigin,
}

export const CreateRunRequest = z.object({
  /** Absent or empty: the Default experiment. */
  experiment_id: OptionalId,
  user_id: z.string().optional(),
  run_name: z.string().optional(),
  start_time: Int64.optional(),
  tags: z.array(TagWire).default([]),
})
export const UpdateRunRequest = runMessage({
  status: RunStatusWire.optional(),
  end_time: Int64.optional(),
  run_name: z.string().optional(),
})
export const RunReference = runMessage({})
export const SearchRunsRequest = z.object({
  experiment_ids: z.array(IdText).default([]),
  filter: z.string().default(''),
  run_view_type: ViewTypeWire.default('ACTIVE_ONLY'),
  max_results: Int64.default(1000),
  order_by: z.array(z.string()).default([]),
  page_token: z.string().max(1_048_576).default(''),
})
export const LogMetricRequest = runMessage(MetricInput)
export const LogParamRequest = runMessage({ key: RequiredString, value: z.string().default('') })
export const SetRunTagRequest = runMessage({ key: RequiredString, value: z.string().default('') })
export const DeleteRunTagRequest = runMessage({ key: RequiredString })
export const LogBatchRequest = runMessage({
  metrics: z.array(z.object(MetricInput)).default([]),
  params: z.array(z.object({ key: RequiredString, value: z.string().default('') })).default([]),
  tags: z.array(TagWire).default([]),
})
export const GetMetricHistoryRequest = runMessage({
  metric_key: RequiredString,
  max_results: Int64.optional(),
  page_token: z.string().max(1_048_576).default(''),
})
/** N6. Its own checks have MLflow's texts, which are not those of a missing field. */
export const GetMetricHistoryBulkRequest = z.object({
  run_id: z.array(z.string()).default([]),
  metric_key: z.string().optional(),
  max_results: Int64.default(25_000),
})
export const SampleMetricHistoryRequest = z.object({
  run_ids: z.array(z.string()).min(1),
  metric_key: RequiredString,
  start_step: Int64.optional(),
  end_step: Int64.optional(),
  /** Steps of a sample, not points. */
  max_results: Int64.default(2500),
})

export const MetricWire = z.object({
  key: z.string(),
  value: DoubleWire,
  timestamp: z.number().int(),
  step: z.number().int(),
})
export type MetricWire = z.infer<typeof MetricWire>

const KeyValueWire = z.object({ key: z.string(), value: z.string() })

export const RunInfoWire = z.object({
  run_id: z.string(),
  /** The same as `run_id`, for clients of before 1.0. */
  run_uuid: z.string(),
  run_name: z.string(),
  experiment_id: z.string(),
  user_id: z.string(),
  status: z.enum(RUN_STATUSES),
  start_time: z.number().int(),
  end_time: z.number().int().optional(),
  artifact_uri: z.string(),
  lifecycle_stage: z.enum(['active', 'deleted']),
})
export type RunInfoWire = z.infer<typeof RunInfoWire>

const RunDataWire = z.object({
  metrics: z.array(MetricWire),
  params: z.array(KeyValueWire),
  tags: z.array(KeyValueWire),
})
type RunDataWire = z.infer<typeof RunDataWire>

/** `source`, `schema` and `profile` are opaque JSON text. */
const DatasetInputWire = z.object({
  tags: z.array(KeyValueWire),
  dataset: z.object({
    name: z.string(),
    digest: z.string(),
    source_type: z.string(),
    source: z.string(),
    schema: z.string().optional(),
    profile: z.string().optional(),
  }),
})
type DatasetInputWire = z.infer<typeof DatasetInputWire>

const RunInputsWire = z.object({
  dataset_inputs: z.array(DatasetInputWire).optional(),
  model_inputs: z.array(z.object({ model_id: z.string() })).optional(),
})
type RunInputsWire = z.infer<typeof RunInputsWire>

const RunOutputsWire = z.object({
  model_outputs: z.array(z.object({ model_id: z.string(), step: z.number().int() })).optional(),
})
type RunOutputsWire = z.infer<typeof RunOutputsWire>

export const RunWire = z.object({
  info: RunInfoWire,
  data: RunDataWire,
  /** Empty for a run without inputs. */
  inputs: RunInputsWire,
  /** Empty for a run that made no logged models. */
  outputs: RunOutputsWire,
})
export type RunWire = z.infer<typeof RunWire>

export const RunResponse = z.object({ run: RunWire })
export const RunInfoResponse = z.object({ run_info: RunInfoWire })
export const SearchRunsResponse = z.object({ runs: z.array(RunWire), next_page_token: z.string().optional() })
export const GetMetricHistoryResponse = z.object({
  /** Absent when there is no point. */
  metrics: z.array(MetricWire).optional(),
  next_page_token: z.string().optional(),
})
/** Of several runs; each point says whose it is. */
export const GetMetricHistoryBulkResponse = z.object({
  metrics: z.array(MetricWire.extend({ run_id: z.string() })).optional(),
})

export const toMetricWire = ({ key, value, timestamp, step }: Metric): MetricWire => ({
  key,
  value: toDoubleWire(value),
  timestamp,
  step,
})

export const toRunInfoWire = (info: RunInfo): RunInfoWire => ({
  run_id: info.runId,
  run_uuid: info.runId,
  run_name: info.runName,
  experiment_id: info.experimentId,
  user_id: info.userId,
  status: info.status,
  start_time: info.startTime,
  ...(info.endTime === undefined ? {} : { end_time: info.endTime }),
  artifact_uri: info.artifactUri,
  lifecycle_stage: info.lifecycleStage,
})

export const toRunWire = (run: Run): RunWire => ({
  info: toRunInfoWire(run.info),
  data: toRunDataWire(run),
  inputs: toRunInputsWire(run.inputs),
  outputs: toRunOutputsWire(run.modelOutputs),
})

export const toRunDataWire = (run: Pick<Run, 'metrics' | 'params' | 'tags'>): RunDataWire => ({
  metrics: run.metrics.map(toMetricWire),
  params: run.params.map(toKeyValueWire),
  tags: run.tags.map(toKeyValueWire),
})

export const toRunInputsWire = ({ datasets, modelIds }: RunInputs): RunInputsWire => ({
  ...(datasets.length === 0 ? {} : { dataset_inputs: datasets.map(toDatasetInputWire) }),
  ...(modelIds.length === 0 ? {} : { model_inputs: modelIds.map((modelId) => ({ model_id: modelId })) }),
})

export const toRunOutputsWire = (models: readonly ModelOutput[]): RunOutputsWire =>
  models.length === 0 ? {} : { model_outputs: models.map(({ modelId, step }) => ({ model_id: modelId, step })) }

const toDatasetInputWire = ({ dataset, tags }: DatasetInput): DatasetInputWire => ({
  tags: tags.map(toKeyValueWire),
  dataset: {
    name: dataset.name,
    digest: dataset.digest,
    source_type: dataset.sourceType,
    source: dataset.source,
    ...(dataset.schema === undefined ? {} : { schema: dataset.schema }),
    ...(dataset.profile === undefined ? {} : { profile: dataset.profile }),
  },
})

const toKeyValueWire = ({ key, value }: Param): z.infer<typeof KeyValueWire> => ({ key, value })
