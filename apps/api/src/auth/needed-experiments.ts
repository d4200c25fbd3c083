import type { UserStore } from '@tidemill/core'
import { NOBODYS } from './held-permissions.ts'
import type { Need } from './needs.ts'
import type { OwnerCache } from './owner-cache.ts'
import { createOwnersOfPaths } from './owners-of-paths.ts'
import { AccessDeniedError } from './refusals.ts'

/** A need whose right is one on an experiment. */
export type ExperimentNeed = Exclude<Need, { readonly on: 'server' | 'user' | 'model' }>

/** Undefined: the need is about nothing that there is, and passes. Throws AccessDeniedError where it may not. */
export type FindNeededExperiment = (need: ExperimentNeed) => Promise<string | undefined>

export const createFindNeededExperiment = (users: UserStore, owners: OwnerCache): FindNeededExperiment => {
  const ownersOfPaths = createOwnersOfPaths(users)
  return async (need) => {
    switch (need.on) {
      case 'experiment':
        return need.id
      case 'experimentName':
        return users.findExperimentByName(need.name)
      case 'artifact':
        return (await ownersOfPaths.find(need.path)) ?? (need.mayBeNew === true ? undefined : NOBODYS)
      case 'run':
      case 'loggedModel':
      case 'workflowRun':
      case 'attempt': {
        const experimentId = (await owners.find(need.on, [need.id])).get(need.id)
        if (experimentId === undefined && need.mustExist === true) throw new AccessDeniedError()
        return experimentId
      }
    }
  }
}
