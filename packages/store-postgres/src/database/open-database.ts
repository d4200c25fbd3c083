import type { Kysely } from 'kysely'
import type { Database } from '../tables/database.ts'
import { migrate } from './migrate.ts'

/** `name` is unique among all statements, at most 63 characters. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** A connected database: Postgres, or PGlite in a directory of ours. Both speak the same SQL. */
export interface OpenDatabase extends AsyncDisposable {
  readonly kind: 'postgres' | 'pglite'
  readonly db: Kysely<Database>
  /**
   * Runs a hot statement past Kysely: prepared under its name, planned once per connection and only by index, because
   * a plan made while its tables were small would read them whole for ever. Each call is a transaction of its own.
   * Values may be binary (`database/binary-array.ts`).
   */
  query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>
  /** Runs a script of several statements without parameters. */
  execScript(script: string): Promise<void>
  /** Calls `onPayload` for each NOTIFY on the channel. After a lost connection it listens again by itself. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>
  /** Has `stop` called, and waits for it, before the connections close. */
  onClosing(stop: () => Promise<void>): void
}

export interface DatabaseOptions {
  /** `postgresql://…` (or `postgres://…`), or a directory for the embedded store. */
  readonly backendStoreUri: string
  /** Connections of the Postgres pool. @default 8 */
  readonly maxConnections?: number
}

export const isPostgresUri = (uri: string): boolean => /^postgres(ql)?(\+\w+)?:\/\//.test(uri)

/** Opens the store and brings its schema up to date; several processes may start at once. */
export const openDatabase = async (options: DatabaseOptions): Promise<OpenDatabase> => {
  const database = await connectDatabase(options)
  try {
    await migrate(database)
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
  return database
}

/** Opens the store as it is. Each mode loads only its own driver: PGlite alone is megabytes of code. */
export const connectDatabase = async ({
  backendStoreUri,
  maxConnections = 8,
}: DatabaseOptions): Promise<OpenDatabase> => {
  if (isPostgresUri(backendStoreUri)) {
    const { openPostgres } = await import('./postgres.ts')
    return openPostgres(backendStoreUri, maxConnections)
  }
  const { openPglite } = await import('./pglite.ts')
  return openPglite(backendStoreUri)
}
