import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  countOpenWorkflowRuns,
  type OpenDatabase,
  openDatabase,
  pendingMigrations,
  readMigrationStatus,
} from '../../src/index.ts'

let directory: string
let database: OpenDatabase
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemill-migrations-'))
  database = await openDatabase({ backendStoreUri: join(directory, 'pg') })
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

test('every migration of an opened database was applied, in order', async () => {
  const status = await readMigrationStatus(database)
  expect(status.map(({ name }) => name)).toEqual(pendingMigrations().map(({ name }) => name))
  expect(status.every(({ appliedAt = 0 }) => appliedAt > Date.UTC(2020))).toBe(true)
})

test('one that is not recorded is pending, and one of a newer version is listed too', async () => {
  const last = pendingMigrations().at(-1)?.name ?? ''
  await sql`delete from schema_migration where name = ${last}`.execute(database.db)
  await sql`insert into schema_migration (name) values ('9999-later')`.execute(database.db)
  const status = await readMigrationStatus(database)
  expect(status.find(({ name }) => name === last)?.appliedAt).toBeUndefined()
  expect(status.at(-1)).toMatchObject({ name: '9999-later', appliedAt: expect.any(Number) })
})

test('a database without the table has none applied', async () => {
  await sql`drop table schema_migration`.execute(database.db)
  expect(await readMigrationStatus(database)).toEqual(pendingMigrations())
})

test('an idle database has no open workflow runs', async () => {
  expect(await countOpenWorkflowRuns(database)).toEqual([])
})
