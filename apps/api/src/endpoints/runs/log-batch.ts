import {
  decodePlainLogBatch,
  Empty,
  LogBatchRequest,
  refuseLongValues,
  validateRunBatch,
  validateRunId,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { toMetric } from './to-metric.ts'

/** A thousand items with the longest keys and values fit. */
const MAX_BYTES = 16 * 1024 * 1024

export const logBatch = endpoint({
  id: 'R11',
  method: 'POST',
  path: '/runs/log-batch',
  access: { run: 'EDIT' },
  request: LogBatchRequest,
  decode: decodePlainLogBatch,
  response: Empty,
  maxBytes: MAX_BYTES,
  handle: async ({ run_id: runId, metrics, params, tags }, { tracking, config }) => {
    validateRunId(runId)
    const batch = { metrics: metrics.map(toMetric), params, tags }
    validateRunBatch(batch)
    if (config.truncateLongValues === false) refuseLongValues(batch)
    await tracking.logBatch(runId, batch)
    return {}
  },
})
