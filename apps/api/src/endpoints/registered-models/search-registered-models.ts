import {
  SearchRegisteredModelsRequest,
  SearchRegisteredModelsResponse,
  toRegisteredModelWire,
  validateRegistryMaxResults,
} from '@tidemill/core'
import { shownTo } from '../../auth/shown-to.ts'
import { endpoint } from '../../http/endpoint.ts'

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
    validateRegistryMaxResults(search.max_results, MAX_RESULTS)
    const { items, nextPageToken } = await registry.searchRegisteredModels({
      filter: search.filter,
      orderBy: search.order_by,
      maxResults: search.max_results,
      ...shownTo(guard, request),
      ...(search.page_token === '' ? {} : { pageToken: search.page_token }),
    })
    return {
      ...(items.length === 0 ? {} : { registered_models: items.map(toRegisteredModelWire) }),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
