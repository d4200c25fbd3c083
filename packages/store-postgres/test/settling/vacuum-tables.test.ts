import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '@tidemill/testkit'
import { vacuumTables } from '../../src/settling/vacuum-tables.ts'

const noRest = () => Promise.resolve()
const going = () => new AbortController().signal

test('the embedded store vacuums and analyses the tables that changed much, and no other', async () => {
  const { database, drop } = await createTestDatabase('pglite')
  onTestFinished(drop)
  const { db, execScript } = database
  await execScript(`
    insert into entity_key (key) select 'key ' || i from generate_series(1, 1000) i;
    insert into run_unsettled select i, 0 from generate_series(1, 1000) i;
    delete from run_unsettled where run_id > 10`)
  const counted = async () =>
    (
      await sql<{ name: string; rows: number; dead: number }>`
        select relname as name, reltuples::int as rows, n_dead_tup as dead
        from pg_class join pg_stat_user_tables using (relname)
        where relname in ('entity_key', 'run_unsettled', 'run_tag') order by relname`.execute(db)
    ).rows
  // Counters come out of a backend once a second.
  await expect.poll(async () => (await counted())[2]?.dead, { timeout: 10_000 }).toBe(990)
  await vacuumTables(database, noRest, going())
  expect(await counted()).toEqual([
    { name: 'entity_key', rows: 1000, dead: 0 },
    { name: 'run_tag', rows: -1, dead: 0 },
    { name: 'run_unsettled', rows: 10, dead: 0 },
  ])
})

test('a table that grew before a restart is analysed after it', async () => {
  const { database, drop } = await createTestDatabase('pglite')
  onTestFinished(drop)
  const { db, execScript } = database
  await execScript(`insert into entity_key (key) select 'key ' || i from generate_series(1, 10000) i`)
  await sql`select pg_stat_reset()`.execute(db)
  await vacuumTables(database, noRest, going())
  const { rows } = await sql<{ rows: number }>`
    select reltuples::int as rows from pg_class where relname = 'entity_key'`.execute(db)
  expect(rows).toEqual([{ rows: 10_000 }])
})
