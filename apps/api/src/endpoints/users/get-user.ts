import { toUserWire, UserReference, UserResponse } from '@tidemill/core'
import { requireAccounts } from '../../auth/create-access.ts'
import { endpoint } from '../../http/endpoint.ts'

export const getUser = endpoint({
  id: 'B3',
  method: 'GET',
  path: '/users/get',
  access: { user: 'SELF' },
  request: UserReference,
  response: UserResponse,
  handle: async ({ username }, context) => ({
    user: toUserWire(await requireAccounts(context).users.getUser(username)),
  }),
})
