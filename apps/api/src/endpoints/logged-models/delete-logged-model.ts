import { Empty, LoggedModelReference } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const deleteLoggedModel = endpoint({
  id: 'L4',
  method: 'DELETE',
  path: '/logged-models/:model_id',
  access: { experiment: 'MANAGE' },
  request: LoggedModelReference,
  response: Empty,
  handle: async ({ model_id: modelId }, { loggedModels }) => {
    await loggedModels.deleteLoggedModel(modelId)
    return {}
  },
})
