import type { LogBatchRequest, Metric } from '@tidemill/core'
import type { z } from 'zod'

/** A metric as messages have it; empty text counts as absent. */
export const toMetric = (message: z.output<typeof LogBatchRequest>['metrics'][number]): Metric => {
  const { key, value, timestamp, step, model_id: modelId = '' } = message
  const { dataset_name: datasetName = '', dataset_digest: datasetDigest = '' } = message
  if (modelId === '' && datasetName === '' && datasetDigest === '') return { key, value, timestamp, step }
  return {
    key,
    value,
    timestamp,
    step,
    ...(modelId === '' ? {} : { modelId }),
    ...(datasetName === '' ? {} : { datasetName }),
    ...(datasetDigest === '' ? {} : { datasetDigest }),
  }
}
