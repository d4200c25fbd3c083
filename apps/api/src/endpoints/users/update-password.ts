import { Empty, UpdatePasswordRequest, validatePassword } from '@tidemill/core'
import { requireAccounts } from '../../auth/create-access.ts'
import { endpoint } from '../../http/endpoint.ts'

export const updatePassword = endpoint({
  id: 'B4',
  method: 'PATCH',
  path: '/users/update-password',
  access: { user: 'SELF' },
  request: UpdatePasswordRequest,
  response: Empty,
  handle: async ({ username, password }, context) => {
    const { users, hashes } = requireAccounts(context)
    validatePassword(password, username)
    await users.setPasswordHash(username, await hashes.hash(password))
    return {}
  },
})
