/** Makes the migrated PGlite data directory that the embedded store copies at its first start. */
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { type OpenDatabase, openDatabase } from '../src/database/open-database.ts'
import { migrationsHash, TEMPLATE_MARK } from '../src/database/pglite.ts'

const target = fileURLToPath(new URL('../dist/pglite-template', import.meta.url))
const aside = `${target}.new`

/** Half of the files, and of the time that a copy takes: databases to make others from. There is one only. */
const dropTemplateDatabases = async ({ execScript }: OpenDatabase): Promise<void> => {
  await execScript("update pg_database set datistemplate = false, datallowconn = true where datname like 'template_'")
  await execScript('drop database template0')
  await execScript('drop database template1')
}

/** The file of the write-ahead log that the next record goes to. */
const findWalFile = async ({ db }: OpenDatabase): Promise<string> => {
  const { rows } = await sql<{ name: string }>`select pg_walfile_name(pg_current_wal_lsn()) as name`.execute(db)
  return rows[0]?.name ?? ''
}

/** Postgres keeps empty files of the log for later: all but the current one and the next, where a stop may end, go. */
const removeSpareWal = async (current: string): Promise<void> => {
  const directory = join(aside, 'pg_wal')
  const files = (await readdir(directory)).filter((name) => /^[0-9A-F]{24}$/.test(name) && name > current).sort()
  for (const name of files.slice(1)) await rm(join(directory, name))
}

await rm(aside, { recursive: true, force: true })
await rm(target, { recursive: true, force: true })
const database = await openDatabase({ backendStoreUri: aside })
await dropTemplateDatabases(database)
await database.execScript('checkpoint')
const walFile = await findWalFile(database)
await database[Symbol.asyncDispose]()
await removeSpareWal(walFile)
await writeFile(join(aside, TEMPLATE_MARK), migrationsHash())
await rename(aside, target)
