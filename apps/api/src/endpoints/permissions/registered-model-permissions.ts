import {
  Empty,
  RegisteredModelPermissionReference,
  RegisteredModelPermissionResponse,
  SetRegisteredModelPermissionRequest,
  toRegisteredModelPermissionWire,
} from '@tidemill/core'
import { requireAccounts } from '../../auth/create-access.ts'
import { type Endpoint, endpoint } from '../../http/endpoint.ts'

const PATH = '/registered-models/permissions'
const access = { model: 'MANAGE' } as const

/** Who may do what with one registered model and its versions. */
export const registeredModelPermissions: readonly Endpoint[] = [
  endpoint({
    id: 'B12',
    method: 'POST',
    path: `${PATH}/create`,
    access,
    request: SetRegisteredModelPermissionRequest,
    response: RegisteredModelPermissionResponse,
    handle: async ({ name, username, permission }, context) => {
      const created = await requireAccounts(context).users.createModelPermission(name, username, permission)
      return { registered_model_permission: toRegisteredModelPermissionWire(created) }
    },
  }),
  endpoint({
    id: 'B13',
    method: 'GET',
    path: `${PATH}/get`,
    access,
    request: RegisteredModelPermissionReference,
    response: RegisteredModelPermissionResponse,
    handle: async ({ name, username }, context) => ({
      registered_model_permission: toRegisteredModelPermissionWire(
        await requireAccounts(context).users.getModelPermission(name, username),
      ),
    }),
  }),
  endpoint({
    id: 'B14',
    method: 'PATCH',
    path: `${PATH}/update`,
    access,
    request: SetRegisteredModelPermissionRequest,
    response: Empty,
    handle: async ({ name, username, permission }, context) => {
      await requireAccounts(context).users.updateModelPermission(name, username, permission)
      return {}
    },
  }),
  endpoint({
    id: 'B15',
    method: 'DELETE',
    path: `${PATH}/delete`,
    access,
    request: RegisteredModelPermissionReference,
    response: Empty,
    handle: async ({ name, username }, context) => {
      await requireAccounts(context).users.deleteModelPermission(name, username)
      return {}
    },
  }),
]
