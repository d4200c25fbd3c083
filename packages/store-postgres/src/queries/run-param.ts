import { type Param, toStoredParam } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import { internKeys, type KeyIds } from './entity-key.ts'

/**
 * Params of a run, by its key inside the database. A param that is there stays as it is. `keyIds` saves the
 * statement that interns the keys.
 */
export const insertRunParams = async (
  db: Kysely<Database>,
  runKey: number,
  params: readonly Param[],
  keyIds?: KeyIds,
): Promise<void> => {
  if (params.length === 0) return
  const ids =
    keyIds ??
    (await internKeys(
      db,
      params.map(({ key }) => key),
    ))
  await sql`
    with target as (select id, experiment_id from run where id = ${runKey} for no key update),
    unsettled as (
      insert into run_unsettled (run_id, experiment_id) select id, experiment_id from target on conflict do nothing
    )
    insert into run_param (run_id, key_id, experiment_id, value)
    select target.id, input.key_id, target.experiment_id, input.value
    from target
    cross join unnest(${params.map(({ key }) => ids.get(key))}::int[], ${params.map((param) => toStoredParam(param).value)}::text[])
      as input (key_id, value)
    on conflict (run_id, key_id) do nothing`.execute(db)
}
