import { checkBulkHistory, GetMetricHistoryBulkRequest, GetMetricHistoryBulkResponse } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { JsonText } from '../../http/json-text.ts'
import { toMetricsJson } from '../../http/metrics-json.ts'

/** For charts of several runs: by run id, timestamp, step, value. Unknown runs contribute nothing. */
export const getMetricHistoryBulk = endpoint({
  id: 'N6',
  method: 'GET',
  path: '/metrics/get-history-bulk',
  access: { run: 'READ' },
  request: GetMetricHistoryBulkRequest,
  response: GetMetricHistoryBulkResponse,
  handle: async (message, { tracking }) => {
    const { key, maxResults } = checkBulkHistory(message.run_id, message.metric_key, message.max_results)
    const points = await tracking.getMetricHistoryBulk(message.run_id, key, maxResults)
    return new JsonText(toMetricsJson(points, '{"metrics":', '}'))
  },
})
