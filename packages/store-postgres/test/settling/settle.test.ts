import { type Metric, toRunWire } from '@tidemill/core'
import fc from 'fast-check'
import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import { compactRun } from '../../src/settling/compact-run.ts'
import { createExperimentSettler } from '../../src/settling/settle-experiments.ts'
import { findUnsettledRuns, settleRuns } from '../../src/settling/settle-runs.ts'
import { aBatch, aMetric, describeStores, type World } from '../tracking/world.ts'

const keyOf = async ({ database }: World, runId: string): Promise<number> => {
  const row = await database.db.selectFrom('run').select('id').where('run_id', '=', runId).executeTakeFirstOrThrow()
  return row.id
}

/** What SQL users see, and what readers see. */
const read = async ({ store, database }: World, runId: string, keys: readonly string[]) => ({
  run: await store.getRun(runId),
  json: JSON.parse(await store.getRunJson(runId)),
  histories: await Promise.all(keys.map(async (key) => (await store.getMetricHistory(runId, key, {})).items)),
  view: (
    await sql`
      select key, step, timestamp, value from metric_point where run_id = ${runId}
      order by key, step, timestamp, value`.execute(database.db)
  ).rows,
})

const summaryOf = async ({ database }: World, runId: string) =>
  database.db
    .selectFrom('run_metric')
    .innerJoin('run', 'run.id', 'run_metric.run_id')
    .innerJoin('entity_key', 'entity_key.id', 'run_metric.key_id')
    .where('run.run_id', '=', runId)
    .select(['key', 'value', 'timestamp', 'step', 'min_value', 'max_value'])
    .orderBy('key')
    .execute()

describeStores('settling in the background', (world) => {
  test('the background settles a run that has become quiet', async () => {
    const runId = await world.aRun()
    const runKey = await keyOf(world, runId)
    await world.store.logBatch(runId, aBatch({ metrics: [aMetric('m', 1)] }))
    await vi.waitUntil(async () => !(await findUnsettledRuns(world.database.db, runKey - 1, 1)).includes(runKey), {
      timeout: 10_000,
      interval: 50,
    })
    expect(await summaryOf(world, runId)).toMatchObject([{ key: 'm', value: 1 }])
  })
})

describeStores(
  'settling',
  (world) => {
    test('a settled run reads as it did before, its mark gone until the next write', async () => {
      const runId = await world.aRun({ tags: [{ key: 'größe', value: '"\n' }] })
      const runKey = await keyOf(world, runId)
      await world.store.logBatch(
        runId,
        aBatch({
          metrics: [aMetric('m', Number.NaN, 1), aMetric('m', -1, 1), aMetric('b', 1e300, 5)],
          params: [{ key: 'p', value: 'ü' }],
        }),
      )
      const before = await read(world, runId, ['m', 'b'])
      expect(before.json).toEqual(JSON.parse(JSON.stringify(toRunWire(before.run))))
      expect(await settleRuns(world.database.db, [runKey])).toEqual([runKey])
      expect(await read(world, runId, ['m', 'b'])).toEqual(before)
      expect(await findUnsettledRuns(world.database.db, runKey - 1, 1)).not.toContain(runKey)
      await world.store.logBatch(runId, aBatch({ metrics: [aMetric('m', 2, 2)] }))
      expect((await world.store.getRun(runId)).metrics).toContainEqual(aMetric('m', 2, 2))
      expect(JSON.parse(await world.store.getRunJson(runId)).data.metrics).toContainEqual(aMetric('m', 2, 2))
    })

    test('writes of every kind show in the document at once', async () => {
      const { store } = world
      const runId = await world.aRun({ tags: [{ key: 'gone', value: '' }] })
      const runKey = await keyOf(world, runId)
      const writes: (() => Promise<unknown>)[] = [
        () => store.updateRun(runId, { runName: 'renamed' }),
        () => store.updateRun(runId, { status: 'FINISHED', endTime: 7 }),
        () => store.deleteRunTag(runId, 'gone'),
        () => store.logParam(runId, { key: 'p', value: '1' }),
        () => store.logBatch(runId, aBatch({ tags: [{ key: 'mlflow.runName', value: 'again' }] })),
        () => store.logOutputs(runId, [{ modelId: 'm-1', step: 3 }]),
        () => store.deleteRun(runId),
      ]
      for (const write of writes) {
        await settleRuns(world.database.db, [runKey])
        await write()
        const run = await store.getRun(runId)
        expect(JSON.parse(await store.getRunJson(runId))).toEqual(JSON.parse(JSON.stringify(toRunWire(run))))
      }
      expect(await store.getRun(runId)).toMatchObject({
        info: { runName: 'again', status: 'FINISHED', endTime: 7, lifecycleStage: 'deleted' },
        params: [{ key: 'p', value: '1' }],
        tags: [{ key: 'mlflow.runName', value: 'again' }],
        modelOutputs: [{ modelId: 'm-1', step: 3 }],
      })
    })

    test('an experiment is settled with every write that was acknowledged before', async () => {
      const { store, database } = world
      const experimentId = await world.anExperiment()
      const runIds = await Promise.all(Array.from({ length: 30 }, () => world.aRun({ experimentId })))
      const settle = createExperimentSettler(database.db)
      for (let round = 0; round < 5; round++) {
        await Promise.all(
          runIds.map((runId) => store.logBatch(runId, aBatch({ metrics: [aMetric('m', round, round)] }))),
        )
        await Promise.all([settle([Number(experimentId)]), settle([Number(experimentId)])])
        const rows = await database.db
          .selectFrom('run_metric')
          .where('experiment_id', '=', Number(experimentId))
          .select('step')
          .execute()
        expect(rows).toEqual(runIds.map(() => ({ step: round })))
      }
    })

    test('whatever is written, folded and compacted in whatever order, readers and summaries agree with the points', async () => {
      const { store, database } = world
      const point = fc.record({
        key: fc.constantFrom('a', 'b', 'c'),
        value: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.NaN, 0.5, -0.5)),
        timestamp: fc.integer({ min: 0, max: 2 }),
        step: fc.integer({ min: -3, max: 6 }),
      })
      const action = fc.oneof(
        { weight: 5, arbitrary: fc.array(point, { minLength: 1, maxLength: 6 }) },
        { weight: 2, arbitrary: fc.constant('settle' as const) },
        { weight: 1, arbitrary: fc.constant('compact' as const) },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 14 }), async (actions) => {
          const runId = await world.aRun({ experimentId: '0' })
          const runKey = await keyOf(world, runId)
          const points: Metric[] = []
          for (const each of actions) {
            if (each === 'settle') await settleRuns(database.db, [runKey])
            else if (each === 'compact') await compactRun(database.db, runKey)
            else {
              points.push(...each)
              await store.logBatch(runId, aBatch({ metrics: each }))
            }
            expect((await store.getRun(runId)).metrics).toEqual(latestOf(points))
            expect((await read(world, runId, [])).view).toHaveLength(distinct(points).length)
          }
          await createExperimentSettler(database.db)([0])
          expect(await summaryOf(world, runId)).toEqual(
            latestOf(points).map((latest) => ({ ...latest, ...extremesOf(points, latest.key) })),
          )
          for (const key of ['a', 'b', 'c']) {
            const { items } = await store.getMetricHistory(runId, key, {})
            expect(items).toHaveLength(distinct(points.filter((each) => each.key === key)).length)
          }
        }),
        { numRuns: 15 },
      )
    })
  },
  { background: false },
)

const identity = ({ key, step, timestamp, value }: Metric): string => [key, step, timestamp, value].join()
const distinct = (points: readonly Metric[]): Metric[] => [
  ...new Map(points.map((point) => [identity(point), point])).values(),
]

/** Strictly later by (step, timestamp, value), NaN as 0; the first of equals stays. */
const latestOf = (points: readonly Metric[]): Metric[] => {
  const latest = new Map<string, Metric>()
  const rank = ({ step, timestamp, value }: Metric) => [step, timestamp, Number.isNaN(value) ? 0 : value]
  for (const point of points) {
    const before = latest.get(point.key)
    const difference =
      before === undefined
        ? 1
        : (rank(point)
            .map((part, index) => part - (rank(before)[index] ?? 0))
            .find((part) => part !== 0) ?? 0)
    if (difference > 0) latest.set(point.key, point)
  }
  return [...latest.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

const extremesOf = (points: readonly Metric[], key: string) => {
  const values = points.filter((point) => point.key === key && !Number.isNaN(point.value)).map(({ value }) => value)
  return values.length === 0
    ? { min_value: Number.NaN, max_value: Number.NaN }
    : { min_value: Math.min(...values), max_value: Math.max(...values) }
}
