import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import { setRunLifecycle } from '../../src/queries/run.ts'
import { aBatch, aMetric, describeStores } from './world.ts'

const WRITERS = 8

describeStores('concurrent writers of one run', (world) => {
  test('the latest metric is not lost', async () => {
    const { store } = world
    const runId = await world.aRun()
    // Step 39 comes early and is no extreme, so later writes change the summary around it.
    const valueAt = (step: number) => ((step * 7) % 40) - 20
    const steps = Array.from({ length: 40 }, (_, index) => (index * 17) % 40)
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        for (const step of steps.filter((value) => value % WRITERS === writer)) {
          await store.logBatch(runId, aBatch({ metrics: [aMetric('m', valueAt(step), step)] }))
        }
      }),
    )
    expect((await store.getRun(runId)).metrics).toEqual([aMetric('m', valueAt(39), 39)])
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
      const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      expect(reasons).toEqual(reasons.map(() => expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE' })))
      const run = await store.getRun(runId)
      expect(run.params).toEqual([
        { key: `of ${winner}`, value: '' },
        { key: 'raced', value: String(winner) },
      ])
      expect((await store.getMetricHistory(runId, 'm', {})).items).toEqual([aMetric('m', 1, winner)])
    }
  })

  test('a batch that waits for the deletion of its run is refused', async ({ skip }) => {
    const { store, database } = world
    skip(database.kind === 'pglite', 'PGlite has one connection')
    const runId = await world.aRun()
    const waiting = await database.db.transaction().execute(async (transaction) => {
      await setRunLifecycle(transaction, runId, 'deleted')
      const written = Promise.allSettled([store.logBatch(runId, aBatch({ metrics: [aMetric('m', 1)] }))])
      await vi.waitUntil(async () => {
        const { rows } = await sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
          database.db,
        )
        return rows.length > 0
      })
      // In an object, because a promise would be awaited before the commit that it waits for.
      return { written }
    })
    const [result] = await waiting.written
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_PARAMETER_VALUE' } })
    expect((await store.getMetricHistory(runId, 'm', {})).items).toEqual([])
  })

  test('a run created while its experiment is deleted is refused or deleted with it', async () => {
    const { store } = world
    for (let round = 0; round < 10; round++) {
      const experimentId = await world.anExperiment()
      const [created] = await Promise.allSettled([
        store.createRun({ experimentId }),
        store.deleteExperiment(experimentId),
      ])
      const outcome =
        created.status === 'rejected'
          ? created.reason
          : { code: (await store.getRun(created.value.info.runId)).info.lifecycleStage }
      expect(['INVALID_PARAMETER_VALUE', 'deleted']).toContain(outcome.code)
    }
  })
})
