import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { compactRun, findRunsToCompact } from '../../src/settling/compact-run.ts'
import { settleRuns } from '../../src/settling/settle-runs.ts'
import { aBatch, aMetric, describeStores, type World } from '../tracking/world.ts'

const aRunWithChunks = async (
  world: World,
  chunks: number,
  points: (chunk: number) => ReturnType<typeof aMetric>[],
) => {
  const { store, database } = world
  const runId = await world.aRun()
  for (let chunk = 0; chunk < chunks; chunk++) await store.logBatch(runId, aBatch({ metrics: points(chunk) }))
  const { id } = await database.db.selectFrom('run').where('run_id', '=', runId).select('id').executeTakeFirstOrThrow()
  await settleRuns(database.db, [id])
  return { runId, runKey: id }
}

const chunksOf = ({ database }: World, runKey: number) =>
  database.db
    .selectFrom('metric_chunk')
    .leftJoin('entity_key', 'entity_key.id', 'metric_chunk.key_id')
    .where('run_id', '=', runKey)
    .select(['key', 'seq', 'n', 'min_step', 'max_step', 'min_timestamp', 'max_timestamp'])
    .orderBy('key')
    .orderBy('seq')
    .execute()

const viewOf = async ({ database }: World, runId: string) =>
  (
    await sql`
      select key, step, timestamp, value from metric_point where run_id = ${runId}
      order by key, step, timestamp, value`.execute(database.db)
  ).rows

describeStores(
  'compaction',
  (world) => {
    test('chunks become sorted ones of a key each, without duplicates, and every reader sees the same points', async () => {
      const { store } = world
      const { runId, runKey } = await aRunWithChunks(world, 20, (chunk) => [
        aMetric('down', chunk, 19 - chunk, chunk * 10),
        aMetric('nan', Number.NaN, chunk % 2),
        aMetric('up', chunk, chunk, 5),
      ])
      const before = [
        await viewOf(world, runId),
        await store.getRun(runId),
        await store.getMetricHistory(runId, 'down', {}),
      ]
      expect(await compactRun(world.database.db, runKey)).toBe(true)
      expect(await chunksOf(world, runKey)).toEqual([
        { key: 'down', seq: 0, n: 20, min_step: 0, max_step: 19, min_timestamp: 0, max_timestamp: 190 },
        { key: 'nan', seq: 0, n: 2, min_step: 0, max_step: 1, min_timestamp: 0, max_timestamp: 0 },
        { key: 'up', seq: 0, n: 20, min_step: 0, max_step: 19, min_timestamp: 5, max_timestamp: 5 },
      ])
      expect([
        await viewOf(world, runId),
        await store.getRun(runId),
        await store.getMetricHistory(runId, 'down', {}),
      ]).toEqual(before)
      expect(await compactRun(world.database.db, runKey)).toBe(false)
    })

    test('the last chunk of a key is filled up to 4096 points before another begins', async () => {
      const { store, database } = world
      const thousand = (chunk: number) =>
        Array.from({ length: 1000 }, (_, index) => aMetric('m', index, chunk * 1000 + index))
      const { runId, runKey } = await aRunWithChunks(world, 3, thousand)
      await compactRun(database.db, runKey)
      for (const chunk of [3, 4]) await store.logBatch(runId, aBatch({ metrics: thousand(chunk) }))
      await settleRuns(database.db, [runKey])
      await compactRun(database.db, runKey)
      expect(await chunksOf(world, runKey)).toMatchObject([
        { seq: 0, n: 4096, min_step: 0, max_step: 4095 },
        { seq: 1, n: 904, min_step: 4096, max_step: 4999 },
      ])
      const { items } = await store.getMetricHistory(runId, 'm', {})
      expect(items.map(({ step }) => step)).toEqual(Array.from({ length: 5000 }, (_, step) => step))
    })

    test('points that are not settled stay as they came', async () => {
      const { store, database } = world
      const { runId, runKey } = await aRunWithChunks(world, 2, (chunk) => [aMetric('m', 1, chunk)])
      await store.logBatch(runId, aBatch({ metrics: [aMetric('m', 9, 9)] }))
      await compactRun(database.db, runKey)
      expect(await chunksOf(world, runKey)).toMatchObject([
        { key: 'm', n: 2 },
        { key: null, n: 1 },
      ])
      expect((await store.getRun(runId)).metrics).toEqual([aMetric('m', 9, 9)])
    })

    test.each([
      ['63 chunks of a running run', 63, 1, 'RUNNING', []],
      ['64 chunks of a running run', 64, 1, 'RUNNING', [false]],
      ['16 chunks of one key of an ended run', 32, 1, 'FINISHED', [false]],
      ['a few points of many keys', 64, 10, 'RUNNING', [false]],
      ['fewer than 32 points of each key', 16, 10, 'FINISHED', []],
    ] as const)('%s: worth it or not', async (_, chunks, keys, status, expected) => {
      const { runId, runKey } = await aRunWithChunks(world, chunks, (chunk) =>
        Array.from({ length: keys }, (__, key) => aMetric(`k${key}`, 1, chunk)),
      )
      if (status === 'FINISHED') await world.store.updateRun(runId, { status })
      const found = await findRunsToCompact(world.database.db, [runKey])
      expect(found).toEqual(expected.map((isUrgent) => ({ runKey, isUrgent })))
    })
  },
  { background: false },
)
