import { Empty, UpdateAdminRequest } from '@tidemill/core'
import { requireAccounts } from '../../auth/create-access.ts'
import { endpoint } from '../../http/endpoint.ts'

export const updateAdmin = endpoint({
  id: 'B5',
  method: 'PATCH',
  path: '/users/update-admin',
  access: { server: 'MANAGE' },
  request: UpdateAdminRequest,
  response: Empty,
  handle: async ({ username, is_admin: isAdmin }, context) => {
    await requireAccounts(context).users.setAdmin(username, isAdmin)
    return {}
  },
})
