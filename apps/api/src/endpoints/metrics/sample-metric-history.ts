import { checkSampledHistory, GetMetricHistoryBulkResponse, SampleMetricHistoryRequest } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { JsonText } from '../../http/json-text.ts'
import { toMetricsJson } from '../../http/metrics-json.ts'

/**
 * The history of a metric over several runs, at no more steps than a chart can show. The steps are those of MLflow
 * 3.6; later versions choose others.
 */
export const sampleMetricHistory = endpoint({
  id: 'M2',
  method: 'GET',
  path: '/metrics/get-history-bulk-interval',
  access: { run: 'READ' },
  request: SampleMetricHistoryRequest,
  response: GetMetricHistoryBulkResponse,
  handle: async (message, { tracking }) => {
    const {
      run_ids: runIds,
      metric_key: key,
      max_results: maxResults,
      start_step: startStep,
      end_step: endStep,
    } = message
    const steps = checkSampledHistory({
      runIds,
      maxResults,
      ...(startStep === undefined ? {} : { startStep }),
      ...(endStep === undefined ? {} : { endStep }),
    })
    const points = await tracking.sampleMetricHistory({
      runIds,
      key,
      maxResults,
      ...(steps === undefined ? {} : { steps }),
    })
    return points.length === 0 ? {} : new JsonText(toMetricsJson(points, '{"metrics":', '}'))
  },
})
