/** Opens the store that the first argument names, as a server does at its start, and prints its migrations. */
import { sql } from 'kysely'
import { createTrackingStore, openDatabase } from '../../src/index.ts'

const database = await openDatabase({ backendStoreUri: process.argv[2] ?? '' })
await createTrackingStore(database, { defaultArtifactRoot: 'mlflow-artifacts:/' })
const { rows } = await sql<{ name: string }>`select name from schema_migration order by name`.execute(database.db)
process.stdout.write(`${rows.map(({ name }) => name).join(' ')}\n`)
await database[Symbol.asyncDispose]()
