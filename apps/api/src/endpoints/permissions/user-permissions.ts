import {
  Empty,
  GetUserPermissionResponse,
  GrantUserPermissionRequest,
  includesPermission,
  type Permission,
  ResourceAlreadyExistsError,
  type UserStore,
  UserPermissionReference,
} from '@tidemill/core'
import { requireAccounts } from '../../auth/create-access.ts'
import type { Need } from '../../auth/needs.ts'
import { type Endpoint, endpoint } from '../../http/endpoint.ts'

const PATH = '/users/permissions'

interface Resource {
  readonly resource_type: 'experiment' | 'registered_model' | 'prompt'
  readonly resource_id: string
}

const toNeeds = ({ resource_type: type, resource_id: id }: Resource): readonly Need[] => [
  type === 'experiment' ? { on: 'experiment', id, level: 'MANAGE' } : { on: 'model', name: id, level: 'MANAGE' },
]

/** The calls of the newest clients, for experiments, registered models and prompts alike; grants replace each other. */
export const userPermissions: readonly Endpoint[] = [
  endpoint({
    id: 'D-grant',
    method: 'POST',
    path: `${PATH}/grant`,
    access: { experiment: 'MANAGE' },
    needs: toNeeds,
    request: GrantUserPermissionRequest,
    response: Empty,
    handle: async ({ username, permission, ...resource }, context) => {
      await grant(requireAccounts(context).users, username, resource, permission)
      return {}
    },
  }),
  endpoint({
    id: 'D-revoke',
    method: 'POST',
    path: `${PATH}/revoke`,
    access: { experiment: 'MANAGE' },
    needs: toNeeds,
    request: UserPermissionReference,
    response: Empty,
    handle: async ({ username, resource_type: type, resource_id: id }, context) => {
      const { users } = requireAccounts(context)
      if (type === 'experiment') await users.deleteExperimentPermission(id, username)
      else await users.deleteModelPermission(id, username)
      return {}
    },
  }),
  endpoint({
    id: 'D-permission',
    method: 'GET',
    path: `${PATH}/get`,
    access: { user: 'SELF' },
    request: UserPermissionReference,
    response: GetUserPermissionResponse,
    handle: async ({ username, resource_type: type, resource_id: id }, context) => {
      const { users, defaultPermission } = requireAccounts(context)
      const { userId, isAdmin } = await users.getUser(username)
      const own = type === 'experiment' ? users.findExperimentPermissions : users.findModelPermissions
      const permission = isAdmin ? 'MANAGE' : ((await own(userId, [id])).get(id) ?? defaultPermission)
      return { permission, allowed: includesPermission(permission, 'EDIT') }
    },
  }),
]

const grant = async (
  users: UserStore,
  username: string,
  { resource_type: type, resource_id: id }: Resource,
  permission: Permission,
): Promise<void> => {
  const isExperiment = type === 'experiment'
  try {
    if (isExperiment) await users.createExperimentPermission(id, username, permission)
    else await users.createModelPermission(id, username, permission)
  } catch (error) {
    if (!(error instanceof ResourceAlreadyExistsError)) throw error
    if (isExperiment) await users.updateExperimentPermission(id, username, permission)
    else await users.updateModelPermission(id, username, permission)
  }
}
