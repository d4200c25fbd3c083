import { InvalidParameterValueError } from '../errors.ts'

/** What a user may do with an experiment or a registered model and all that belongs to it (spec/security.md §5.2). */
export const PERMISSIONS = ['READ', 'EDIT', 'MANAGE', 'NO_PERMISSIONS'] as const
export type Permission = (typeof PERMISSIONS)[number]

const RANK: Readonly<Record<Permission, number>> = { NO_PERMISSIONS: 0, READ: 1, EDIT: 2, MANAGE: 3 }

/** MANAGE includes EDIT, EDIT includes READ. */
export const includesPermission = (held: Permission, needed: Permission): boolean => RANK[held] >= RANK[needed]

/** The weaker of two. */
export const weakerPermission = (a: Permission, b: Permission): Permission => (RANK[a] <= RANK[b] ? a : b)

/** Throws InvalidParameterValueError with MLflow's text. */
export const parsePermission = (text: string): Permission => {
  const permission = PERMISSIONS.find((each) => each === text)
  if (permission !== undefined) return permission
  throw new InvalidParameterValueError(
    `Invalid permission '${text.slice(0, 100)}'. Valid permissions are: ${PERMISSIONS.join(', ')}`,
  )
}
