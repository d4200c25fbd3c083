import { z } from 'zod'
import { FileInfoWire } from '../artifact/wire.ts'
import {
  DoubleWire,
  IdText,
  Int64,
  protoEnum,
  RequiredId,
  RequiredString,
  TagWire,
  toDoubleWire,
} from '../wire/scalars.ts'
import {
  LOGGED_MODEL_STATUSES,
  type LoggedModel,
  type LoggedModelMetric,
  type LoggedModelStatus,
} from './logged-model.ts'

const WIRE_STATUSES = {
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'UPLOAD_FAILED',
} as const satisfies Readonly<Record<`LOGGED_MODEL_${LoggedModelStatus}`, LoggedModelStatus>>

const LoggedModelStatusMessage = protoEnum({
  LOGGED_MODEL_PENDING: 1,
  LOGGED_MODEL_READY: 2,
  LOGGED_MODEL_UPLOAD_FAILED: 3,
}).transform((name): LoggedModelStatus => WIRE_STATUSES[name])

export const CreateLoggedModelRequest = z.object({
  experiment_id: RequiredId,
  /** Absent or empty: generated. */
  name: z.string().default(''),
  model_type: z.string().default(''),
  source_run_id: z.string().default(''),
  params: z.array(TagWire).default([]),
  tags: z.array(TagWire).default([]),
})
export const LoggedModelReference = z.object({ model_id: RequiredString })
export const GetLoggedModelRequest = z.object({
  model_id: RequiredString,
  /** Python writes `True`. Anything but true is false. */
  allow_deleted: z.union([z.boolean(), z.string()]).default(false),
})
export const FinalizeLoggedModelRequest = z.object({ model_id: RequiredString, status: LoggedModelStatusMessage })
export const SetLoggedModelTagsRequest = z.object({ model_id: RequiredString, tags: z.array(TagWire).default([]) })
export const DeleteLoggedModelTagRequest = z.object({ model_id: RequiredString, tag_key: RequiredString })
export const LogLoggedModelParamsRequest = z.object({ model_id: RequiredString, params: z.array(TagWire).default([]) })
export const ListLoggedModelArtifactsRequest = z.object({
  model_id: RequiredString,
  artifact_directory_path: z.string().default(''),
})

const DatasetFilterMessage = { dataset_name: z.string().default(''), dataset_digest: z.string().default('') }
export const SearchLoggedModelsRequest = z.object({
  experiment_ids: z.array(IdText),
  filter: z.string().default(''),
  datasets: z.array(z.object(DatasetFilterMessage)).default([]),
  max_results: Int64.default(50),
  order_by: z
    .array(
      z.object({ field_name: z.string().default(''), ascending: z.boolean().default(true), ...DatasetFilterMessage }),
    )
    .default([]),
  page_token: z.string().max(1_048_576).default(''),
})
export type SearchLoggedModelsRequest = z.output<typeof SearchLoggedModelsRequest>

const KeyValueWire = z.object({ key: z.string(), value: z.string() })

const LoggedModelMetricWire = z.object({
  key: z.string(),
  value: DoubleWire,
  timestamp: z.number().int(),
  step: z.number().int(),
  dataset_name: z.string().optional(),
  dataset_digest: z.string().optional(),
  model_id: z.string(),
  run_id: z.string(),
})

export const LoggedModelWire = z.object({
  info: z.object({
    model_id: z.string(),
    experiment_id: z.string(),
    name: z.string(),
    creation_timestamp_ms: z.number().int(),
    last_updated_timestamp_ms: z.number().int(),
    artifact_uri: z.string(),
    status: z.enum(LOGGED_MODEL_STATUSES.map((status) => `LOGGED_MODEL_${status}` as const)),
    /** Empty when the model has none, as MLflow answers. */
    model_type: z.string(),
    source_run_id: z.string(),
    status_message: z.string().optional(),
    tags: z.array(KeyValueWire),
  }),
  data: z.object({ params: z.array(KeyValueWire), metrics: z.array(LoggedModelMetricWire) }),
})
export type LoggedModelWire = z.infer<typeof LoggedModelWire>

export const LoggedModelResponse = z.object({ model: LoggedModelWire })
export const SearchLoggedModelsResponse = z.object({
  models: z.array(LoggedModelWire),
  next_page_token: z.string().optional(),
})
export const ListLoggedModelArtifactsResponse = z.object({ root_uri: z.string(), files: z.array(FileInfoWire) })

export const toLoggedModelWire = (model: LoggedModel): LoggedModelWire => ({
  info: {
    model_id: model.modelId,
    experiment_id: model.experimentId,
    name: model.name,
    creation_timestamp_ms: model.creationTime,
    last_updated_timestamp_ms: model.lastUpdateTime,
    artifact_uri: model.artifactUri,
    status: `LOGGED_MODEL_${model.status}`,
    model_type: model.modelType ?? '',
    source_run_id: model.sourceRunId ?? '',
    ...(model.statusMessage === undefined ? {} : { status_message: model.statusMessage }),
    tags: model.tags.map(({ key, value }) => ({ key, value })),
  },
  data: {
    params: model.params.map(({ key, value }) => ({ key, value })),
    metrics: model.metrics.map((metric) => toLoggedModelMetricWire(metric, model.modelId)),
  },
})

const toLoggedModelMetricWire = (
  metric: LoggedModelMetric,
  modelId: string,
): z.infer<typeof LoggedModelMetricWire> => ({
  key: metric.key,
  value: toDoubleWire(metric.value),
  timestamp: metric.timestamp,
  step: metric.step,
  ...(metric.datasetName === undefined ? {} : { dataset_name: metric.datasetName }),
  ...(metric.datasetDigest === undefined ? {} : { dataset_digest: metric.datasetDigest }),
  model_id: modelId,
  run_id: metric.runId,
})
