import { Empty, UserReference } from '@tidemill/core'
import { requireAccounts } from '../../auth/create-access.ts'
import { endpoint } from '../../http/endpoint.ts'

export const deleteUser = endpoint({
  id: 'B6',
  method: 'DELETE',
  path: '/users/delete',
  access: { server: 'MANAGE' },
  request: UserReference,
  response: Empty,
  handle: async ({ username }, context) => {
    await requireAccounts(context).users.deleteUser(username)
    return {}
  },
})
