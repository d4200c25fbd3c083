import { SearchLoggedModelsRequest, SearchLoggedModelsResponse } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/**
 * Logged models cannot be created here yet, so there are none to find. Clients of MLflow 3 ask with every listing
 * and download of a `runs:/` URI and take anything but an empty page as a failure (spec/rest-api.md §6.4).
 */
export const searchLoggedModels = endpoint({
  id: 'L5',
  method: 'POST',
  path: '/logged-models/search',
  access: { experiment: 'READ' },
  request: SearchLoggedModelsRequest,
  response: SearchLoggedModelsResponse,
  handle: async () => ({ models: [] }),
})
