import { sql } from 'kysely'
import type { OpenDatabase } from '../database/open-database.ts'
import { migrations } from '../migrations/index.ts'

export interface MigrationStatus {
  readonly name: string
  readonly sql: string
  /** ms since the epoch; absent while it is pending. */
  readonly appliedAt?: number
}

/** Every migration that this version knows or the database has, in order; changes nothing. */
export const readMigrationStatus = async ({ db }: OpenDatabase): Promise<readonly MigrationStatus[]> => {
  const exists = await sql<{ exists: boolean }>`select to_regclass('schema_migration') is not null as exists`.execute(
    db,
  )
  if (exists.rows[0]?.exists !== true) return pendingMigrations()
  const { rows } = await sql<{ name: string; applied_at: number }>`
    select name, (extract(epoch from applied_at) * 1000)::bigint as applied_at from schema_migration
    order by name`.execute(db)
  const applied = new Map(rows.map(({ name, applied_at: appliedAt }) => [name, appliedAt]))
  const known = pendingMigrations().map((migration) => {
    const appliedAt = applied.get(migration.name)
    return appliedAt === undefined ? migration : { ...migration, appliedAt }
  })
  const newer = rows.filter(({ name }) => !migrations.some((migration) => migration.name === name))
  return [...known, ...newer.map(({ name, applied_at: appliedAt }) => ({ name, sql: '', appliedAt }))]
}

/** All of this version's, as an empty database has them before it. */
export const pendingMigrations = (): readonly MigrationStatus[] =>
  migrations.map(({ name, sql: text }) => ({ name, sql: text }))
