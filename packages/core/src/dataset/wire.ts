import { z } from 'zod'
import { runMessage } from '../wire/run-message.ts'
import { IdText, Int64, RequiredString } from '../wire/scalars.ts'
import type { DatasetSummary, ModelOutput } from '../run/run.ts'

/** Which fields a dataset must have is said by `toDatasetInput`, with MLflow's texts. */
const DatasetInputMessage = z.object({
  tags: z.array(z.object({ key: z.string().optional(), value: z.string().default('') })).default([]),
  dataset: z
    .object({
      name: z.string().optional(),
      digest: z.string().optional(),
      source_type: z.string().optional(),
      source: z.string().optional(),
      schema: z.string().optional(),
      profile: z.string().optional(),
    })
    .optional(),
})
export type DatasetInputMessage = z.output<typeof DatasetInputMessage>

export const LogInputsRequest = runMessage({
  datasets: z.array(DatasetInputMessage).default([]),
  models: z.array(z.object({ model_id: RequiredString })).default([]),
})
export const LogOutputsRequest = runMessage({
  models: z.array(z.object({ model_id: RequiredString, step: Int64.default(0) })),
})
export const LogModelRequest = runMessage({ model_json: RequiredString })

export const SearchDatasetsRequest = z.object({ experiment_ids: z.array(IdText).default([]) })

const DatasetSummaryWire = z.object({
  experiment_id: z.string(),
  name: z.string(),
  digest: z.string(),
  context: z.string().optional(),
})
export const SearchDatasetsResponse = z.object({ dataset_summaries: z.array(DatasetSummaryWire) })

export const toModelOutput = (output: { readonly model_id: string; readonly step: number }): ModelOutput => ({
  modelId: output.model_id,
  step: output.step,
})

export const toDatasetSummaryWire = (summary: DatasetSummary): z.infer<typeof DatasetSummaryWire> => ({
  experiment_id: summary.experimentId,
  name: summary.name,
  digest: summary.digest,
  ...(summary.context === undefined ? {} : { context: summary.context }),
})
