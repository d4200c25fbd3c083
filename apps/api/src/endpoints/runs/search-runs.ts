import { SearchRunsRequest, SearchRunsResponse, validateMaxResults } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { joinJson, JsonText } from '../../http/json-text.ts'

export const searchRuns = endpoint({
  id: 'R6',
  method: 'POST',
  path: '/runs/search',
  access: { experiment: 'READ' },
  needs: () => [],
  request: SearchRunsRequest,
  response: SearchRunsResponse,
  handle: async (search, { tracking, guard }, { request }) => {
    validateMaxResults(search.max_results)
    const { items, nextPageToken } = await tracking.searchRunsJson({
      experimentIds: await guard.readableExperiments(request.caller, search.experiment_ids),
      filter: search.filter,
      orderBy: search.order_by,
      maxResults: search.max_results,
      viewType: search.run_view_type,
      ...(search.page_token === '' ? {} : { pageToken: search.page_token }),
    })
    const token = nextPageToken === undefined ? '' : `,"next_page_token":${JSON.stringify(nextPageToken)}`
    return new JsonText(joinJson(items, '{"runs":[', `]${token}}`))
  },
})
