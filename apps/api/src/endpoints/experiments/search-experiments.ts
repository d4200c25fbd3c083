import {
  SearchExperimentsRequest,
  SearchExperimentsResponse,
  toExperimentWire,
  validateMaxResults,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const searchExperiments = endpoint({
  id: 'E4',
  method: ['GET', 'POST'],
  path: '/experiments/search',
  access: { experiment: 'READ' },
  request: SearchExperimentsRequest,
  response: SearchExperimentsResponse,
  handle: async (search, { tracking }) => {
    validateMaxResults(search.max_results)
    const { items, nextPageToken } = await tracking.searchExperiments({
      filter: search.filter,
      orderBy: search.order_by,
      maxResults: search.max_results,
      viewType: search.view_type,
      ...(search.page_token === '' ? {} : { pageToken: search.page_token }),
    })
    return {
      experiments: items.map(toExperimentWire),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
