/** Makes the migrated PGlite data directory that the embedded store copies at its first start. */
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../src/database/open-database.ts'
import { migrationsHash, TEMPLATE_MARK } from '../src/database/pglite.ts'

const target = fileURLToPath(new URL('../dist/pglite-template', import.meta.url))
const aside = `${target}.new`

await rm(aside, { recursive: true, force: true })
await rm(target, { recursive: true, force: true })
const database = await openDatabase({ backendStoreUri: aside })
await database[Symbol.asyncDispose]()
await writeFile(join(aside, TEMPLATE_MARK), migrationsHash())
await rename(aside, target)
