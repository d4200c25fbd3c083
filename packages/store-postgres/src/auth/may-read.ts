import { includesPermission, type UserStore } from '@tidemill/core'
import type { Kysely } from 'kysely'
import type { Database } from '../tables/database.ts'

type Needed = Pick<
  UserStore,
  'findExperimentPermissions' | 'findModelPermissions' | 'findExperimentsOf' | 'findExperimentAt'
>

export const createMayRead =
  (db: Kysely<Database>, users: Needed): UserStore['mayRead'] =>
  async ({ userId, defaultPermission }, place) => {
    const account = await db.selectFrom('account').where('user_id', '=', userId).select('is_admin').executeTakeFirst()
    if (account === undefined || account.is_admin) return account !== undefined
    if (place.kind === 'model') {
      const own = (await users.findModelPermissions(userId, [place.name])).get(place.name)
      return includesPermission(own ?? defaultPermission, 'READ')
    }
    const experimentId =
      place.kind === 'proxied'
        ? await findOwner(users, place.path)
        : (await users.findExperimentsOf(place.kind, [place.id])).get(place.id)
    // What there is not is for the download to say.
    if (experimentId === undefined && place.kind !== 'proxied') return true
    const own =
      experimentId === undefined
        ? undefined
        : (await users.findExperimentPermissions(userId, [experimentId])).get(experimentId)
    return includesPermission(own ?? defaultPermission, 'READ')
  }

/** By the rule of the API's proxy: an id that starts the path, else the place that an experiment was given. */
const findOwner = async (users: Pick<Needed, 'findExperimentAt'>, path: string): Promise<string | undefined> => {
  const parts = path.split('/')
  const [first = ''] = parts
  if (/^\d{1,19}$/.test(first)) return String(BigInt(first))
  return users.findExperimentAt(parts.map((_, index) => parts.slice(0, index + 1).join('/')))
}
