import {
  SearchExperimentsRequest,
  SearchExperimentsResponse,
  toExperimentWire,
  validateMaxResults,
} from '@tidemill/core'
import { shownTo } from '../../auth/shown-to.ts'
import { endpoint } from '../../http/endpoint.ts'

export const searchExperiments = endpoint({
  id: 'E4',
  method: ['GET', 'POST'],
  path: '/experiments/search',
  access: { experiment: 'READ' },
  needs: () => [],
  request: SearchExperimentsRequest,
  response: SearchExperimentsResponse,
  handle: async (search, { tracking, guard }, { request }) => {
    validateMaxResults(search.max_results)
    const { items, nextPageToken } = await tracking.searchExperiments({
      filter: search.filter,
      orderBy: search.order_by,
      maxResults: search.max_results,
      viewType: search.view_type,
      ...shownTo(guard, request),
      ...(search.page_token === '' ? {} : { pageToken: search.page_token }),
    })
    return {
      experiments: items.map(toExperimentWire),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
