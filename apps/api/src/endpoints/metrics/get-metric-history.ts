import {
  GetMetricHistoryRequest,
  GetMetricHistoryResponse,
  toMetricWire,
  validateMaxResults,
  validateRunId,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

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
    return {
      metrics: items.map(toMetricWire),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
