import {
  SearchLoggedModelsRequest,
  SearchLoggedModelsResponse,
  toLoggedModelSearch,
  toLoggedModelWire,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const searchLoggedModels = endpoint({
  id: 'L5',
  method: 'POST',
  path: '/logged-models/search',
  access: { experiment: 'READ' },
  request: SearchLoggedModelsRequest,
  response: SearchLoggedModelsResponse,
  handle: async (request, { loggedModels }) => {
    const { items, nextPageToken } = await loggedModels.searchLoggedModels(toLoggedModelSearch(request))
    return {
      models: items.map(toLoggedModelWire),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
