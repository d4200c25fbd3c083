import {
  SearchModelVersionsRequest,
  SearchModelVersionsResponse,
  toModelVersionsWire,
  validateRegistryMaxResults,
} from '@tidemill/core'
import { shownTo } from '../../auth/shown-to.ts'
import { endpoint } from '../../http/endpoint.ts'

const MAX_RESULTS = 200_000

export const searchModelVersions = endpoint({
  id: 'V6',
  method: 'GET',
  path: '/model-versions/search',
  access: { model: 'READ' },
  needs: () => [],
  request: SearchModelVersionsRequest,
  response: SearchModelVersionsResponse,
  handle: async (search, { registry, guard }, { request }) => {
    validateRegistryMaxResults(search.max_results, MAX_RESULTS)
    const { items, nextPageToken } = await registry.searchModelVersions({
      filter: search.filter,
      orderBy: search.order_by,
      maxResults: search.max_results,
      ...shownTo(guard, request),
      ...(search.page_token === '' ? {} : { pageToken: search.page_token }),
    })
    return {
      ...toModelVersionsWire(items),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
