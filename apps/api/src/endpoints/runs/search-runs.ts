import { SearchRunsRequest, SearchRunsResponse, toRunWire, validateMaxResults } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const searchRuns = endpoint({
  id: 'R6',
  method: 'POST',
  path: '/runs/search',
  access: { experiment: 'READ' },
  request: SearchRunsRequest,
  response: SearchRunsResponse,
  handle: async (search, { tracking }) => {
    validateMaxResults(search.max_results)
    const { items, nextPageToken } = await tracking.searchRuns({
      experimentIds: search.experiment_ids,
      filter: search.filter,
      orderBy: search.order_by,
      maxResults: search.max_results,
      viewType: search.run_view_type,
      ...(search.page_token === '' ? {} : { pageToken: search.page_token }),
    })
    return {
      runs: items.map(toRunWire),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
