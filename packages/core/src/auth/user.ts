import type { Permission } from './permission.ts'

export interface User {
  /** Never given twice, so that what is remembered of a deleted user helps no later one of the same name. */
  readonly userId: number
  readonly username: string
  /** Admins may everything. */
  readonly isAdmin: boolean
}

/** What a log-in is checked against. */
export interface UserAccount extends User {
  /** In werkzeug's format: `scrypt:32768:8:1$<salt>$<hex>`. */
  readonly passwordHash: string
  /** Grows with every change of password or admin mark: what was remembered of an older one counts no longer. */
  readonly version: number
}

export interface ExperimentPermission {
  readonly experimentId: string
  readonly userId: number
  readonly permission: Permission
}

export interface RegisteredModelPermission {
  readonly name: string
  readonly userId: number
  readonly permission: Permission
}

export interface UserWithPermissions extends User {
  readonly experimentPermissions: readonly ExperimentPermission[]
  readonly registeredModelPermissions: readonly RegisteredModelPermission[]
}

/** Of a search that shows only what somebody may read. */
export interface Reader {
  readonly userId: number
  /** Counts where the user has no permission of their own. */
  readonly defaultPermission: Permission
}
