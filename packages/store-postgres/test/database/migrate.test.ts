import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { createPostgresDatabase, createTestDatabase } from '@tidemill/testkit'
import { describe, expect, inject, test } from 'vitest'
import { openDatabase } from '../../src/database/open-database.ts'
import { migrations } from '../../src/migrations/index.ts'

const run = promisify(execFile)
const { postgres } = inject('services')
const openScript = fileURLToPath(new URL('open-store.ts', import.meta.url))

describe.skipIf(!postgres.isAvailable)(
  `migrations on Postgres${postgres.isAvailable ? '' : `: skipped, ${postgres.reason}`}`,
  () => {
    const url = postgres.isAvailable ? postgres.url : ''

    test('five processes that start at once on an empty database all find it migrated, once', async () => {
      const { uri, drop } = await createPostgresDatabase(url)
      try {
        const answers = await Promise.all(
          Array.from({ length: 5 }, () =>
            run(process.execPath, ['--conditions=@tidemill/source', openScript, uri], { timeout: 30_000 }),
          ),
        )
        expect(answers.map(({ stdout }) => stdout.trim())).toEqual(
          Array.from({ length: 5 }, () => migrations.map(({ name }) => name).join(' ')),
        )
        const database = await openDatabase({ backendStoreUri: uri })
        const experiments = await database.db.selectFrom('experiment').select('name').execute()
        await database[Symbol.asyncDispose]()
        expect(experiments).toEqual([{ name: 'Default' }])
      } finally {
        await drop()
      }
    })

    test('a database that a newer version migrated is refused, with what to do', async () => {
      const { database, uri, drop } = await createTestDatabase('postgres', url)
      try {
        await sql`insert into schema_migration (name) values ('9999-from-the-future')`.execute(database.db)
        await expect(openDatabase({ backendStoreUri: uri })).rejects.toThrow(/9999-from-the-future.*at least as new/)
      } finally {
        await drop()
      }
    })

    test('a failing migration leaves nothing of itself behind', async () => {
      const { uri, drop } = await createPostgresDatabase(url)
      try {
        const { default: pg } = await import('pg')
        const client = new pg.Client({ connectionString: uri })
        await client.connect()
        // The last migration trips over a table of the same name.
        await client.query('create table worker (id int)')
        await expect(openDatabase({ backendStoreUri: uri })).rejects.toThrow(/"worker" already exists/)
        const { rows } = await client.query(
          "select table_name from information_schema.tables where table_schema = 'public' order by 1",
        )
        expect(rows).toEqual([{ table_name: 'worker' }])
        await client.query('drop table worker')
        await client.end()
        await (await openDatabase({ backendStoreUri: uri }))[Symbol.asyncDispose]()
      } finally {
        await drop()
      }
    })
  },
)

test('an embedded store is migrated once and opened again as it is', async () => {
  const { database, uri, drop } = await createTestDatabase('pglite')
  try {
    await database[Symbol.asyncDispose]()
    const again = await openDatabase({ backendStoreUri: uri })
    const { rows } = await sql<{ name: string }>`select name from schema_migration order by name`.execute(again.db)
    await again[Symbol.asyncDispose]()
    expect(rows.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name))
  } finally {
    await drop()
  }
})
