import { SearchRegisteredModelsRequest, SearchRegisteredModelsResponse, toRegisteredModelWire } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { toRegistrySearch } from '../registry-search.ts'

const MAX_RESULTS = 1000

export const searchRegisteredModels = endpoint({
  id: 'G6',
  method: 'GET',
  path: '/registered-models/search',
  access: { model: 'READ' },
  needs: () => [],
  request: SearchRegisteredModelsRequest,
  response: SearchRegisteredModelsResponse,
  handle: async (search, { registry, guard }, { request }) => {
    const { items, nextPageToken } = await registry.searchRegisteredModels(
      toRegistrySearch(search, MAX_RESULTS, guard, request),
    )
    return {
      ...(items.length === 0 ? {} : { registered_models: items.map(toRegisteredModelWire) }),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
