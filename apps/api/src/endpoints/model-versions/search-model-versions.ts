import { SearchModelVersionsRequest, SearchModelVersionsResponse, toModelVersionsWire } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { toRegistrySearch } from '../registry-search.ts'

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
    const { items, nextPageToken } = await registry.searchModelVersions(
      toRegistrySearch(search, MAX_RESULTS, guard, request),
    )
    return {
      ...toModelVersionsWire(items),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
