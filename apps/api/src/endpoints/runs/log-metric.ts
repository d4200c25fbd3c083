import { decodePlainLogMetric, Empty, LogMetricRequest, validateMetric, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { toMetric } from './to-metric.ts'

export const logMetric = endpoint({
  id: 'R7',
  method: 'POST',
  path: '/runs/log-metric',
  access: { run: 'EDIT' },
  request: LogMetricRequest,
  response: Empty,
  decode: decodePlainLogMetric,
  handle: async (message, { tracking }) => {
    const metric = toMetric(message)
    validateRunId(message.run_id)
    validateMetric(metric)
    await tracking.logBatch(message.run_id, { metrics: [metric], params: [], tags: [] })
    return {}
  },
})
