import { expect, test } from 'vitest'
import { createExperimentSettler } from '../../src/settling/settle-experiments.ts'
import { aBatch, aMetric, describeStores } from './world.ts'

describeStores('log-batch', (world) => {
  test('a batch is read back, its keys sorted', async () => {
    const { store } = world
    const runId = await world.aRun({ runName: 'r' })
    await store.logBatch(
      runId,
      aBatch({
        metrics: [aMetric('z', 0.1 + 0.2, -7, 5), aMetric('a/b c', 5e-324), aMetric('größe', -0.5, 3, 1)],
        params: [
          { key: 'lr', value: '' },
          { key: 'ünï', value: '{"a": [1]}\n\t"\\' },
          { key: 'long', value: '😀'.repeat(6001) },
        ],
        tags: [
          { key: 'team', value: 'one' },
          { key: 'team', value: 'two' },
        ],
      }),
    )
    const run = await store.getRun(runId)
    expect(run.metrics).toEqual([
      aMetric('a/b c', 5e-324),
      aMetric('größe', -0.5, 3, 1),
      aMetric('z', 0.1 + 0.2, -7, 5),
    ])
    expect(run.params).toEqual([
      { key: 'long', value: '😀'.repeat(6000) },
      { key: 'lr', value: '' },
      { key: 'ünï', value: '{"a": [1]}\n\t"\\' },
    ])
    expect(run.tags).toEqual([
      { key: 'mlflow.runName', value: 'r' },
      { key: 'team', value: 'two' },
    ])
  })

  test('an empty batch is fine', async () => {
    const runId = await world.aRun()
    const before = await world.store.getRun(runId)
    await world.store.logBatch(runId, aBatch({}))
    expect(await world.store.getRun(runId)).toEqual(before)
  })

  test('1000 metrics of 1000 keys go at once', async () => {
    const runId = await world.aRun()
    const metrics = Array.from({ length: 1000 }, (_, index) =>
      aMetric(`m${String(999 - index).padStart(3, '0')}`, index),
    )
    await world.store.logBatch(runId, aBatch({ metrics }))
    expect((await world.store.getRun(runId)).metrics).toEqual(metrics.toReversed())
  })

  test('a batch that is sent again changes nothing', async () => {
    const { store } = world
    const runId = await world.aRun()
    const batch = aBatch({
      metrics: [aMetric('m', 1, 1, 1), aMetric('m', 1, 1, 1), aMetric('m', Number.NaN, 2, 2)],
      params: [{ key: 'p', value: 'x'.repeat(6001) }],
      tags: [{ key: 't', value: '1' }],
    })
    await store.logBatch(runId, batch)
    const before = [await store.getRun(runId), await store.getMetricHistory(runId, 'm', {})]
    await store.logBatch(runId, batch)
    expect([await store.getRun(runId), await store.getMetricHistory(runId, 'm', {})]).toEqual(before)
    expect((await store.getMetricHistory(runId, 'm', {})).items).toHaveLength(2)
  })

  test('a param that would change is refused, and nothing of the batch is stored', async () => {
    const { store } = world
    const runId = await world.aRun()
    await store.logBatch(
      runId,
      aBatch({
        params: [
          { key: 'K', value: "it's" },
          { key: 'same', value: '1' },
        ],
      }),
    )
    const before = await store.getRun(runId)
    const batch = aBatch({
      metrics: [aMetric('m', 1)],
      params: [
        { key: 'new', value: '1' },
        { key: 'same', value: '1' },
        { key: 'K', value: 'N' },
      ],
      tags: [{ key: 'mlflow.runName', value: 'renamed' }],
    })
    await expect(store.logBatch(runId, batch)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: `Changing param values is not allowed. Params were already logged='[{'key': 'K', 'old_value': "it's", 'new_value': 'N'}]' for run ID='${runId}'.`,
    })
    expect(await store.getRun(runId)).toEqual(before)
    expect((await store.getMetricHistory(runId, 'm', {})).items).toEqual([])
  })

  test('a single param that would change has its own text, compared after cutting', async () => {
    const { store } = world
    const runId = await world.aRun()
    await store.logParam(runId, { key: 'K', value: 'V' })
    await store.logParam(runId, { key: 'K', value: 'V' })
    await expect(store.logParam(runId, { key: 'K', value: 'N' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: `Changing param values is not allowed. Param with key='K' was already logged with value='V' for run ID='${runId}'. Attempted logging new value 'N'.`,
    })
    await store.logParam(runId, { key: 'long', value: `${'x'.repeat(6000)}a` })
    await store.logParam(runId, { key: 'long', value: `${'x'.repeat(6000)}b` })
  })

  test.each([
    [
      'step, then timestamp, then value',
      [aMetric('m', 5, 2, 1), aMetric('m', 9, 1, 9), aMetric('m', 7, 2, 1)],
      aMetric('m', 7, 2, 1),
    ],
    ['the timestamp at one step', [aMetric('m', 9, 1, 1), aMetric('m', 1, 1, 2)], aMetric('m', 1, 1, 2)],
    ['negative steps as numbers', [aMetric('m', 1, -10), aMetric('m', 2, -9)], aMetric('m', 2, -9)],
    ['NaN as 0, before 1', [aMetric('m', 1), aMetric('m', Number.NaN)], aMetric('m', 1)],
    ['NaN as 0, after -1', [aMetric('m', -1), aMetric('m', Number.NaN)], aMetric('m', Number.NaN)],
    ['a number after NaN', [aMetric('m', Number.NaN), aMetric('m', 1)], aMetric('m', 1)],
    [
      'infinities as the largest doubles',
      [aMetric('m', 1), aMetric('m', Infinity)],
      aMetric('m', 1.7976931348623157e308),
    ],
    [
      'steps up to 2^53 - 1',
      [aMetric('m', 1, 2 ** 53 - 1, 2 ** 53 - 1), aMetric('m', 2, 2 ** 53 - 2)],
      aMetric('m', 1, 2 ** 53 - 1, 2 ** 53 - 1),
    ],
  ])('the latest metric goes by %s, in one batch or in many, in every order', async (_, points, latest) => {
    const { store } = world
    for (const order of [points, points.toReversed()]) {
      const [together, apart] = [await world.aRun(), await world.aRun()]
      await store.logBatch(together, aBatch({ metrics: order }))
      for (const point of order) await store.logBatch(apart, aBatch({ metrics: [point] }))
      expect((await store.getRun(together)).metrics).toEqual([latest])
      expect((await store.getRun(apart)).metrics).toEqual([latest])
    }
  })

  test('the extremes of a metric leave NaN out', async () => {
    const { store, database } = world
    const runId = await world.aRun()
    for (const [step, value] of [Number.NaN, 4, -2, Number.NaN, 3].entries()) {
      await store.logBatch(runId, aBatch({ metrics: [aMetric('m', value, step)] }))
    }
    const { info } = await store.getRun(runId)
    await createExperimentSettler(database.db)([Number(info.experimentId)])
    const summary = await database.db
      .selectFrom('run_metric')
      .innerJoin('run', 'run.id', 'run_metric.run_id')
      .select(['value', 'step', 'min_value', 'max_value'])
      .where('run.run_id', '=', runId)
      .executeTakeFirst()
    expect(summary).toEqual({ value: 3, step: 4, min_value: -2, max_value: 4 })
  })
})
