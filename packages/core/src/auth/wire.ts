import { z } from 'zod'
import { parsePermission } from './permission.ts'
import type { ExperimentPermission, RegisteredModelPermission, User, UserWithPermissions } from './user.ts'

const Username = z.string().min(1).max(255)
const PasswordText = z.string().max(4096)
const PermissionName = z.string().max(100).transform(parsePermission)
const ExperimentId = z.string().min(1).max(64)
const ModelName = z.string().min(1).max(256)

export const CreateUserRequest = z.object({ username: z.string().max(4096), password: PasswordText })
export const UserReference = z.object({ username: Username })
export const UpdatePasswordRequest = z.object({ username: Username, password: PasswordText })
export const UpdateAdminRequest = z.object({ username: Username, is_admin: z.boolean() })

export const ExperimentPermissionReference = z.object({ experiment_id: ExperimentId, username: Username })
export const SetExperimentPermissionRequest = ExperimentPermissionReference.extend({ permission: PermissionName })
export const RegisteredModelPermissionReference = z.object({ name: ModelName, username: Username })
export const SetRegisteredModelPermissionRequest = RegisteredModelPermissionReference.extend({
  permission: PermissionName,
})

/** Of MLflow 3.17 and later. */
export const UserPermissionReference = z.object({
  username: Username,
  resource_type: z.enum(['experiment', 'registered_model', 'prompt']),
  resource_id: ModelName,
})
export const GrantUserPermissionRequest = UserPermissionReference.extend({ permission: PermissionName })
export const GetUserPermissionResponse = z.object({ allowed: z.boolean(), permission: z.string() })

const ExperimentPermissionWire = z.object({
  experiment_id: z.string(),
  user_id: z.number(),
  permission: z.string(),
})
const RegisteredModelPermissionWire = z.object({ name: z.string(), user_id: z.number(), permission: z.string() })

export const ExperimentPermissionResponse = z.object({ experiment_permission: ExperimentPermissionWire })
export const RegisteredModelPermissionResponse = z.object({
  registered_model_permission: RegisteredModelPermissionWire,
})
export const UserResponse = z.object({
  user: z.object({
    id: z.number(),
    username: z.string(),
    is_admin: z.boolean(),
    experiment_permissions: z.array(ExperimentPermissionWire),
    registered_model_permissions: z.array(RegisteredModelPermissionWire),
    scorer_permissions: z.array(z.never()),
  }),
})

export const toUserWire = (user: User & Partial<UserWithPermissions>): z.input<typeof UserResponse>['user'] => ({
  id: user.userId,
  username: user.username,
  is_admin: user.isAdmin,
  experiment_permissions: (user.experimentPermissions ?? []).map(toExperimentPermissionWire),
  registered_model_permissions: (user.registeredModelPermissions ?? []).map(toRegisteredModelPermissionWire),
  scorer_permissions: [],
})

export const toExperimentPermissionWire = ({
  experimentId,
  userId,
  permission,
}: ExperimentPermission): z.input<typeof ExperimentPermissionWire> => ({
  experiment_id: experimentId,
  user_id: userId,
  permission,
})

export const toRegisteredModelPermissionWire = ({
  name,
  userId,
  permission,
}: RegisteredModelPermission): z.input<typeof RegisteredModelPermissionWire> => ({ name, user_id: userId, permission })
