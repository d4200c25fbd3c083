import { Empty, InvalidParameterValueError, LogMetricRequest, validateMetric, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const logMetric = endpoint({
  id: 'R7',
  method: 'POST',
  path: '/runs/log-metric',
  access: { run: 'EDIT' },
  request: LogMetricRequest,
  response: Empty,
  handle: async (message, { tracking }) => {
    const { run_id: runId, key, value, timestamp, step } = message
    validateRunId(runId)
    if (((message.dataset_name ?? '') === '') !== ((message.dataset_digest ?? '') === '')) {
      throw new InvalidParameterValueError(
        'dataset_name and dataset_digest are given together or not at all: name the dataset with both, or leave both out.',
      )
    }
    const metric = { key, value, timestamp, step }
    validateMetric(metric)
    await tracking.logBatch(runId, { metrics: [metric], params: [], tags: [] })
    return {}
  },
})
