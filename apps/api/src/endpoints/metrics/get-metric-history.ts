import { GetMetricHistoryRequest, GetMetricHistoryResponse, validateMaxResults, validateRunId } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { JsonText } from '../../http/json-text.ts'
import { toMetricsJson } from '../../http/metrics-json.ts'

/** Without `max_results` all points. An unknown run or key has none. */
export const getMetricHistory = endpoint({
  id: 'M1',
  method: 'GET',
  path: '/metrics/get-history',
  access: { run: 'READ' },
  request: GetMetricHistoryRequest,
  response: GetMetricHistoryResponse,
  handle: async (message, { tracking }) => {
    const { run_id: runId, metric_key: key, max_results: maxResults, page_token: pageToken } = message
    validateRunId(runId)
    if (maxResults !== undefined) validateMaxResults(maxResults, Number.MAX_SAFE_INTEGER)
    const { items, nextPageToken } = await tracking.getMetricHistory(runId, key, {
      ...(maxResults === undefined ? {} : { maxResults }),
      ...(pageToken === '' ? {} : { pageToken }),
    })
    if (items.length === 0) return {}
    const token = nextPageToken === undefined ? '' : `,"next_page_token":${JSON.stringify(nextPageToken)}`
    return new JsonText(toMetricsJson(items, `{"metrics":`, `${token}}`))
  },
})
