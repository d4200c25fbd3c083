import { type Permission, type UserStore, weakerPermission } from '@tidemill/core'
import type { Caller } from './caller.ts'

/** No experiment's id: what belongs to none has the default permission, as in MLflow. */
export const NOBODYS = ''

/** What a caller holds: their own permission, else the default; a step's are cut to what steps may at most. */
export interface HeldPermissions {
  /** In the order of the ids, in one query. */
  onExperiments(caller: Caller, experimentIds: readonly string[]): Promise<readonly Permission[]>
  onModel(caller: Caller, name: string): Promise<Permission>
}

export const createHeldPermissions = (
  users: Pick<UserStore, 'findExperimentPermissions' | 'findModelPermissions'>,
  defaultPermission: Permission,
): HeldPermissions => ({
  onExperiments: async (caller, experimentIds) => {
    if (caller.kind === 'anyone') return experimentIds.map(() => 'NO_PERMISSIONS')
    const { userId, isAdmin } = caller.user
    const ids = experimentIds.map(toCanonicalId)
    const own =
      isAdmin || ids.length === 0 ? undefined : await users.findExperimentPermissions(userId, [...new Set(ids)])
    return ids.map((id) => {
      const held = isAdmin ? 'MANAGE' : (own?.get(id) ?? defaultPermission)
      if (caller.kind === 'user') return held
      return weakerPermission(held, id === caller.experimentId ? 'EDIT' : 'READ')
    })
  },
  onModel: async (caller, name) => {
    if (caller.kind === 'anyone') return 'NO_PERMISSIONS'
    const { userId, isAdmin } = caller.user
    const held = isAdmin
      ? 'MANAGE'
      : ((await users.findModelPermissions(userId, [name])).get(name) ?? defaultPermission)
    return caller.kind === 'user' ? held : weakerPermission(held, 'EDIT')
  },
})

/** `007` names experiment 7. */
const toCanonicalId = (id: string): string => (/^\d{1,19}$/.test(id) ? String(BigInt(id)) : id)
