import type { ArtifactPath, UserStore } from '@tidemill/core'

export interface OwnersOfPaths {
  /** The experiment whose artifacts a path of the proxy is. Undefined: nobody's, the root itself for one. */
  find(path: ArtifactPath): Promise<string | undefined>
}

const EXPERIMENT_ID = /^\d{1,19}$/

/**
 * An experiment's files lie below its id, unless it was made with a place of its own: then the place that names the
 * path most closely counts, and the oldest of several there.
 */
export const createOwnersOfPaths = (users: Pick<UserStore, 'findExperimentAt'>): OwnersOfPaths => ({
  find: async (path) => {
    const parts = path.split('/')
    const [first = ''] = parts
    if (first === '' || EXPERIMENT_ID.test(first)) return first === '' ? undefined : first
    return users.findExperimentAt(parts.map((_, index) => parts.slice(0, index + 1).join('/')))
  },
})
