import { sql } from 'kysely'
import { migrations } from '../migrations/index.ts'
import type { OpenDatabase } from './open-database.ts'

/** Any fixed number: processes that migrate the same database wait for each other on it. */
const MIGRATION_LOCK = 7_413_026_118

/** Applies the pending migrations in one transaction under an advisory lock. Throws when the schema is newer than this code. */
export const migrate = async (database: OpenDatabase): Promise<void> => {
  if ((await pendingMigrations(database)).length === 0) return
  const apply = migrations.map(
    ({ name, sql: script }) => `
      if not exists (select from schema_migration where name = '${name}') then
        execute $migration$${script}$migration$;
        insert into schema_migration (name) values ('${name}');
      end if;`,
  )
  await database.execScript(`
    begin;
    select pg_advisory_xact_lock(${MIGRATION_LOCK});
    create table if not exists schema_migration (
      name text primary key,
      applied_at timestamptz not null default clock_timestamp()
    );
    do $apply$ begin ${apply.join('\n')} end $apply$;
    commit;`)
}

const pendingMigrations = async ({ db }: OpenDatabase): Promise<string[]> => {
  const exists = await sql<{ exists: boolean }>`select to_regclass('schema_migration') is not null as exists`.execute(
    db,
  )
  if (exists.rows[0]?.exists !== true) return migrations.map(({ name }) => name)
  const applied = await sql<{ name: string }>`select name from schema_migration`.execute(db)
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = applied.rows.find(({ name }) => !known.has(name))
  if (unknown !== undefined) {
    throw new Error(
      `The database has migration '${unknown.name}', which this version of Tidemill does not know. Start a version that is at least as new as the one that migrated it.`,
    )
  }
  const done = new Set(applied.rows.map(({ name }) => name))
  return migrations.map(({ name }) => name).filter((name) => !done.has(name))
}
