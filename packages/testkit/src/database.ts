import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openDatabase, type OpenDatabase } from '@tidemill/store-postgres'

export type StoreKind = 'pglite' | 'postgres'

/** A fresh, migrated database of the test's own. `postgresUrl` is the server's, its `postgres` database is not touched. */
export const createTestDatabase = async (
  kind: StoreKind,
  postgresUrl?: string,
): Promise<{ readonly database: OpenDatabase; readonly uri: string; drop(): Promise<void> }> => {
  if (kind === 'pglite') {
    const directory = await mkdtemp(join(tmpdir(), 'tidemill-pglite-'))
    const uri = join(directory, 'pg')
    const database = await openDatabase({ backendStoreUri: uri })
    return {
      database,
      uri,
      drop: async () => {
        await database[Symbol.asyncDispose]()
        await rm(directory, { recursive: true, force: true })
      },
    }
  }
  if (postgresUrl === undefined) throw new Error('A Postgres test needs the URL of the server')
  const { uri, drop } = await createPostgresDatabase(postgresUrl)
  const database = await openDatabase({ backendStoreUri: uri })
  return {
    database,
    uri,
    drop: async () => {
      await database[Symbol.asyncDispose]()
      await drop()
    },
  }
}

/** An empty database on the server. */
export const createPostgresDatabase = async (
  postgresUrl: string,
): Promise<{ readonly uri: string; drop(): Promise<void> }> => {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await onServer(postgresUrl, `create database ${name}`)
  const uri = new URL(postgresUrl)
  uri.pathname = `/${name}`
  return { uri: uri.href, drop: () => onServer(postgresUrl, `drop database ${name} with (force)`) }
}

const onServer = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
