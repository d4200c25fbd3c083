import {
  Empty,
  ExperimentPermissionReference,
  ExperimentPermissionResponse,
  SetExperimentPermissionRequest,
  toExperimentPermissionWire,
} from '@tidemill/core'
import { requireAccounts } from '../../auth/create-access.ts'
import { type Endpoint, endpoint } from '../../http/endpoint.ts'

const PATH = '/experiments/permissions'
const access = { experiment: 'MANAGE' } as const

/** Who may do what with one experiment: the same four calls as of registered models. */
export const experimentPermissions: readonly Endpoint[] = [
  endpoint({
    id: 'B8',
    method: 'POST',
    path: `${PATH}/create`,
    access,
    request: SetExperimentPermissionRequest,
    response: ExperimentPermissionResponse,
    handle: async ({ experiment_id: id, username, permission }, context) => {
      const created = await requireAccounts(context).users.createExperimentPermission(id, username, permission)
      return { experiment_permission: toExperimentPermissionWire(created) }
    },
  }),
  endpoint({
    id: 'B9',
    method: 'GET',
    path: `${PATH}/get`,
    access,
    request: ExperimentPermissionReference,
    response: ExperimentPermissionResponse,
    handle: async ({ experiment_id: id, username }, context) => ({
      experiment_permission: toExperimentPermissionWire(
        await requireAccounts(context).users.getExperimentPermission(id, username),
      ),
    }),
  }),
  endpoint({
    id: 'B10',
    method: 'PATCH',
    path: `${PATH}/update`,
    access,
    request: SetExperimentPermissionRequest,
    response: Empty,
    handle: async ({ experiment_id: id, username, permission }, context) => {
      await requireAccounts(context).users.updateExperimentPermission(id, username, permission)
      return {}
    },
  }),
  endpoint({
    id: 'B11',
    method: 'DELETE',
    path: `${PATH}/delete`,
    access,
    request: ExperimentPermissionReference,
    response: Empty,
    handle: async ({ experiment_id: id, username }, context) => {
      await requireAccounts(context).users.deleteExperimentPermission(id, username)
      return {}
    },
  }),
]
