import {
  includesPermission,
  type Permission,
  type Reader,
  ResourceDoesNotExistError,
  type UserStore,
} from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import type { Access, Level } from '../http/endpoint.ts'
import type { Authenticator } from './authenticator.ts'
import { ANYONE, type Caller } from './caller.ts'
import { createHeldPermissions, type HeldPermissions } from './held-permissions.ts'
import { createFindNeededExperiment, type ExperimentNeed, type FindNeededExperiment } from './needed-experiments.ts'
import type { Need } from './needs.ts'
import { createOwnerCache, type OwnerCache } from './owner-cache.ts'
import { AccessDeniedError } from './refusals.ts'

/** Decides about every request: who sends it, and whether they may. */
export interface Guard {
  /** Everybody may everything: nothing needs to be asked. */
  readonly isOpen: boolean
  /** Throws NotAuthenticatedError, or ResourceExhaustedError after too many wrong passwords. */
  authenticate(request: FastifyRequest, access: Access | undefined): Promise<Caller>
  /**
   * Resolves when the caller has every right; undefined needs are an admin's only. Throws AccessDeniedError, or
   * ResourceDoesNotExistError for what is ours alone and not theirs to read: its ids are not confirmed.
   */
  authorize(caller: Caller, needs: readonly Need[] | undefined): Promise<void>
  /** Whose eyes a search is for; undefined sees everything. */
  readerOf(caller: Caller): Reader | undefined
  /** Who a workflow run's steps read for; undefined where nobody is asked. */
  submitterOf(caller: Caller): Reader | undefined
  /** Of these, the experiments that the caller may read, in their order. */
  readableExperiments(caller: Caller, experimentIds: readonly string[]): Promise<readonly string[]>
  /** Of these, the workflow runs that the caller may read. */
  readableWorkflowRuns(caller: Caller, workflowRunIds: readonly string[]): Promise<ReadonlySet<string>>
}

/** Of a server that asks nobody who they are. */
export const OPEN_GUARD: Guard = {
  isOpen: true,
  authenticate: async () => ANYONE,
  authorize: async () => {},
  readerOf: () => undefined,
  submitterOf: () => undefined,
  readableExperiments: async (_caller, experimentIds) => experimentIds,
  readableWorkflowRuns: async (_caller, workflowRunIds) => new Set(workflowRunIds),
}

/** `defaultPermission` is that of users without a permission of their own on an experiment or a registered model. */
export const createGuard = (options: {
  readonly users: UserStore
  readonly authenticator: Authenticator
  readonly defaultPermission: Permission
}): Guard => {
  const { users, authenticator, defaultPermission } = options
  const owners = createOwnerCache(users)
  const held = createHeldPermissions(users, defaultPermission)
  const authorize = createAuthorize(held, owners, createFindNeededExperiment(users, owners))
  const isReadable = (permission: Permission | undefined): boolean =>
    permission !== undefined && includesPermission(permission, 'READ')
  return {
    isOpen: false,
    authenticate: async (request, access) => (access === 'public' ? ANYONE : authenticator.authenticate(request)),
    authorize,
    readerOf: (caller) => {
      if (caller.kind === 'anyone' || caller.user.isAdmin) return undefined
      return { userId: caller.user.userId, defaultPermission }
    },
    submitterOf: (caller) => (caller.kind === 'anyone' ? undefined : { userId: caller.user.userId, defaultPermission }),
    readableExperiments: async (caller, experimentIds) => {
      const permissions = await held.onExperiments(caller, experimentIds)
      return experimentIds.filter((_, index) => isReadable(permissions[index]))
    },
    readableWorkflowRuns: async (caller, workflowRunIds) => {
      const found = [...(await owners.find('workflowRun', workflowRunIds))]
      const experimentIds = found.map(([, experimentId]) => experimentId)
      const permissions = await held.onExperiments(caller, experimentIds)
      return new Set(found.flatMap(([id], index) => (isReadable(permissions[index]) ? [id] : [])))
    },
  }
}

const createAuthorize =
  (held: HeldPermissions, owners: OwnerCache, findNeededExperiment: FindNeededExperiment): Guard['authorize'] =>
  async (caller, needs) => {
    if (caller.kind === 'user' && caller.user.isAdmin) return
    if (needs === undefined) throw new AccessDeniedError()
    // Charts ask for a hundred runs at once: one query for their experiments, one for the permissions on those.
    const runIds = needs.flatMap((need) => (need.on === 'run' ? [need.id] : []))
    if (runIds.length > 1) await owners.find('run', runIds)
    const onExperiments: { readonly need: ExperimentNeed; readonly experimentId: string }[] = []
    for (const need of needs) {
      if (need.on === 'server') throw new AccessDeniedError()
      if (need.on === 'user') checkSelf(caller, need.username)
      else if (need.on === 'model') checkHeld(need, await held.onModel(caller, need.name))
      else {
        const experimentId = await findNeededExperiment(need)
        if (experimentId !== undefined) onExperiments.push({ need, experimentId })
      }
    }
    const experimentIds = onExperiments.map(({ experimentId }) => experimentId)
    const permissions = await held.onExperiments(caller, experimentIds)
    for (const [index, { need }] of onExperiments.entries()) checkHeld(need, permissions[index] ?? 'NO_PERMISSIONS')
  }

const checkSelf = (caller: Caller, username: string): void => {
  if (caller.kind !== 'user' || caller.user.username !== username) throw new AccessDeniedError()
}

const checkHeld = (need: Need & { readonly level: Level }, permission: Permission): void => {
  if (includesPermission(permission, need.level === 'CREATE' ? 'EDIT' : need.level)) return
  if (permission === 'NO_PERMISSIONS') refuseToConfirm(need)
  throw new AccessDeniedError()
}

/** Throws what an unknown id of our own routes is answered with. */
const refuseToConfirm = (need: Need): void => {
  if (need.on === 'workflowRun') {
    throw new ResourceDoesNotExistError(
      `No workflow run with id '${need.id}'. GET /api/tidemill/v1/workflow-runs lists the ones there are.`,
    )
  }
  if (need.on === 'attempt') {
    throw new ResourceDoesNotExistError(`No attempt with id '${need.id}'. A workflow run lists its attempts.`)
  }
}
