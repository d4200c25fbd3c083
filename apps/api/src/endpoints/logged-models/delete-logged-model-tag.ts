import { DeleteLoggedModelTagRequest, Empty } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const deleteLoggedModelTag = endpoint({
  id: 'L7',
  method: 'DELETE',
  path: '/logged-models/:model_id/tags/:tag_key',
  access: { experiment: 'MANAGE' },
  request: DeleteLoggedModelTagRequest,
  response: Empty,
  handle: async ({ model_id: modelId, tag_key: key }, { loggedModels }) => {
    await loggedModels.deleteLoggedModelTag(modelId, key)
    return {}
  },
})
