import type { OwnedKind, UserStore } from '@tidemill/core'

const MAX_ENTRIES = 50_000

export interface OwnerCache {
  /** The experiments of those ids that exist. */
  find(kind: OwnedKind, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}

/** What belongs to an experiment belongs to it for ever, so nothing here goes stale. */
export const createOwnerCache = (users: Pick<UserStore, 'findExperimentsOf'>): OwnerCache => {
  const known = new Map<string, string>()
  return {
    find: async (kind, ids) => {
      const missing = ids.filter((id) => !known.has(`${kind} ${id}`))
      const found = missing.length === 0 ? new Map<string, string>() : await users.findExperimentsOf(kind, missing)
      const all = ids.flatMap((id): [string, string][] => {
        const experimentId = found.get(id) ?? known.get(`${kind} ${id}`)
        return experimentId === undefined ? [] : [[id, experimentId]]
      })
      for (const [id, experimentId] of found) known.set(`${kind} ${id}`, experimentId)
      for (const key of known.keys()) {
        if (known.size <= MAX_ENTRIES) break
        known.delete(key)
      }
      return new Map(all)
    },
  }
}
