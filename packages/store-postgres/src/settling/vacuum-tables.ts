import { type Kysely, sql } from 'kysely'
import type { OpenDatabase } from '../database/open-database.ts'
import type { Database } from '../tables/database.ts'

/**
 * Upkeep of the embedded store, which has no autovacuum: its planner would take every table for empty for ever.
 * Vacuums the tables that changed much, one a statement, so that requests get in between. Ends early when aborted.
 */
export const vacuumTables = async (
  { db, execScript }: Pick<OpenDatabase, 'db' | 'execScript'>,
  rest: (ms: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  for (const table of await findTablesToVacuum(db)) {
    if (signal.aborted) return
    const startedAt = performance.now()
    // Outside any transaction, as VACUUM must be; the name is quoted by the catalog.
    await execScript(`vacuum (analyze) ${table}`)
    await rest(performance.now() - startedAt)
  }
}

/**
 * A fifth of the rows changed or are dead, by counters that a restart clears; or the file grew by half since the last
 * vacuum, which the catalog remembers. Each table is so read a few times while it grows tenfold.
 */
const findTablesToVacuum = async (db: Kysely<Database>): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    select table_class.oid::regclass::text as name
    from pg_class as table_class join pg_stat_user_tables as counted on counted.relid = table_class.oid
    where greatest(counted.n_mod_since_analyze, counted.n_dead_tup) > 250 + 0.2 * greatest(table_class.reltuples, 0)
      or pg_relation_size(table_class.oid) > current_setting('block_size')::bigint * (16 + 1.5 * table_class.relpages)
    order by pg_relation_size(table_class.oid)`.execute(db)
  return rows.map(({ name }) => name)
}
