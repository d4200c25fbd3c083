import { expect, test } from 'vitest'
import { aBatch, aMetric, describeStores } from './world.ts'

const WRITERS = 8

describeStores('concurrent writers of one run', (world) => {
  test('the latest metric is not lost', async () => {
    const { store } = world
    const runId = await world.aRun()
    const steps = Array.from({ length: 40 }, (_, index) => (index * 17) % 40)
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        for (const step of steps.filter((value) => value % WRITERS === writer)) {
          await store.logBatch(runId, aBatch({ metrics: [aMetric('m', -step, step)] }))
        }
      }),
    )
    expect((await store.getRun(runId)).metrics).toEqual([aMetric('m', -39, 39)])
    const history = await store.getMetricHistory(runId, 'm', {})
    expect(history.items.map(({ step }) => step)).toEqual(steps.toSorted((a, b) => a - b))
  })

  test('keys in opposite orders do not deadlock, new ones included', async () => {
    const { store } = world
    const runId = await world.aRun()
    const keys = Array.from({ length: 50 }, (_, index) => `opposite ${index}`)
    const batch = (order: readonly string[], step: number) =>
      aBatch({
        metrics: order.map((key) => aMetric(key, step, step)),
        params: order.map((key) => ({ key, value: 'same' })),
        tags: order.map((key) => ({ key, value: String(step) })),
      })
    await Promise.all(
      Array.from({ length: WRITERS }, (_, step) =>
        store.logBatch(runId, batch(step % 2 === 0 ? keys : keys.toReversed(), step)),
      ),
    )
    const run = await store.getRun(runId)
    expect(run.metrics.map(({ value }) => value)).toEqual(keys.map(() => WRITERS - 1))
    expect(run.params).toHaveLength(50)
    expect(run.tags).toHaveLength(51)
  })

  test('of several first values of a param one stays, and its batch alone is stored', async () => {
    const { store } = world
    for (let round = 0; round < 5; round++) {
      const runId = await world.aRun()
      const results = await Promise.allSettled(
        Array.from({ length: WRITERS }, (_, writer) =>
          store.logBatch(
            runId,
            aBatch({
              params: [
                { key: 'raced', value: String(writer) },
                { key: `of ${writer}`, value: '' },
              ],
              metrics: [aMetric('m', 1, writer)],
            }),
          ),
        ),
      )
      const winner = results.findIndex(({ status }) => status === 'fulfilled')
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
      }
      const run = await store.getRun(runId)
      expect(run.params).toEqual([
        { key: `of ${winner}`, value: '' },
        { key: 'raced', value: String(winner) },
      ])
      expect((await store.getMetricHistory(runId, 'm', {})).items).toEqual([aMetric('m', 1, winner)])
    }
  })

  test('a run created while its experiment is deleted is refused or deleted with it', async () => {
    const { store } = world
    for (let round = 0; round < 10; round++) {
      const experimentId = await world.anExperiment()
      const [created] = await Promise.allSettled([
        store.createRun({ experimentId }),
        store.deleteExperiment(experimentId),
      ])
      if (created.status === 'rejected') {
        expect(created.reason).toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
      } else {
        expect((await store.getRun(created.value.info.runId)).info.lifecycleStage).toBe('deleted')
      }
    }
  })
})
