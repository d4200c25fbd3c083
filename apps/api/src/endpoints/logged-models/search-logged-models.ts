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
  needs: () => [],
  request: SearchLoggedModelsRequest,
  response: SearchLoggedModelsResponse,
  handle: async (message, { loggedModels, guard }, { request }) => {
    const search = toLoggedModelSearch(message)
    const experimentIds = await guard.readableExperiments(request.caller, search.experimentIds)
    const { items, nextPageToken } = await loggedModels.searchLoggedModels({ ...search, experimentIds })
    return {
      models: items.map(toLoggedModelWire),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})
