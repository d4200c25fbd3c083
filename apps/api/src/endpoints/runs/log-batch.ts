import { Empty, LogBatchRequest, validateRunBatch, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** A thousand items with the longest keys and values fit. */
const MAX_BYTES = 16 * 1024 * 1024

export const logBatch = endpoint({
  id: 'R11',
  method: 'POST',
  path: '/runs/log-batch',
  access: { run: 'EDIT' },
  request: LogBatchRequest,
  response: Empty,
  maxBytes: MAX_BYTES,
  handle: async ({ run_id: runId, metrics, params, tags }, { tracking }) => {
    validateRunId(runId)
    const batch = {
      metrics: metrics.map(({ key, value, timestamp, step }) => ({ key, value, timestamp, step })),
      params,
      tags,
    }
    validateRunBatch(batch)
    await tracking.logBatch(runId, batch)
    return {}
  },
})
