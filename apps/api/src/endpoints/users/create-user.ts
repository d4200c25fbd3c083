import { CreateUserRequest, toUserWire, UserResponse, validatePassword, validateUsername } from '@tidemill/core'
import { requireAccounts } from '../../auth/create-access.ts'
import { endpoint } from '../../http/endpoint.ts'

export const createUser = endpoint({
  id: 'B1',
  method: 'POST',
  path: '/users/create',
  access: { server: 'MANAGE' },
  request: CreateUserRequest,
  response: UserResponse,
  handle: async ({ username, password }, context) => {
    const { users, hashes } = requireAccounts(context)
    validateUsername(username)
    validatePassword(password, username)
    const passwordHash = await hashes.hash(password)
    return { user: toUserWire(await users.createUser({ username, passwordHash, isAdmin: false })) }
  },
})
