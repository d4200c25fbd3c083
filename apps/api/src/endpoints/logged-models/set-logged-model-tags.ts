import { Empty, SetLoggedModelTagsRequest, validateLoggedModelTags } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

const MAX_BYTES = 16 * 1024 * 1024

export const setLoggedModelTags = endpoint({
  id: 'L6',
  method: 'PATCH',
  path: '/logged-models/:model_id/tags',
  access: { experiment: 'EDIT' },
  request: SetLoggedModelTagsRequest,
  response: Empty,
  maxBytes: MAX_BYTES,
  handle: async ({ model_id: modelId, tags }, { loggedModels }) => {
    validateLoggedModelTags(tags)
    await loggedModels.setLoggedModelTags(modelId, tags)
    return {}
  },
})
