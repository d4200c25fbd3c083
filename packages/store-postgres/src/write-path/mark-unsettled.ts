import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'

/**
 * Says that the runs' documents no longer hold. Every writer of a run's data calls it in its own transaction, while it
 * holds the runs' row locks (`for no key update`): settling takes the same locks, so no mark is lost.
 */
export const markUnsettled = async (db: Kysely<Database>, runKeys: readonly number[]): Promise<void> => {
  if (runKeys.length === 0) return
  await sql`
    insert into run_unsettled (run_id, experiment_id)
    select id, experiment_id from run where id = any(${[...runKeys]}::bigint[])
    on conflict do nothing`.execute(db)
}
