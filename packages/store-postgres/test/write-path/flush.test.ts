import { createTrackingStore, openDatabase } from '@tidemill/store-postgres'
import { createPostgresDatabase } from '@tidemill/testkit'
import { expect, inject, test } from 'vitest'
import { aBatch, aMetric, describeStores } from '../tracking/world.ts'

describeStores('one flush of many batches', (world) => {
  test('each batch has its own fate', async () => {
    const { store } = world
    const [good, changing, deleted] = [await world.aRun(), await world.aRun(), await world.aRun()]
    await store.logBatch(changing, aBatch({ params: [{ key: 'p', value: 'old' }] }))
    await store.deleteRun(deleted)
    const batch = aBatch({
      metrics: [aMetric('m', 1)],
      params: [{ key: 'p', value: 'new' }],
      tags: [{ key: 'mlflow.runName', value: 'renamed' }],
    })
    const results = await Promise.allSettled([
      store.logBatch(deleted, batch),
      store.logBatch(good, batch),
      store.logBatch(changing, batch),
      store.logBatch('0'.repeat(32), batch),
      // Only the edge refuses it; Postgres refuses the whole statement.
      store.logBatch(changing, aBatch({ tags: [{ key: 't', value: 'a\0b' }] })),
    ])
    expect(results.map((result) => (result.status === 'rejected' ? result.reason.message : 'written'))).toEqual([
      `The run ${deleted} must be in the 'active' state. Current state is deleted.`,
      'written',
      expect.stringContaining('Changing param values is not allowed.'),
      `Run with id=${'0'.repeat(32)} not found`,
      expect.stringContaining('0x00'),
    ])
    expect(await store.getRun(good)).toMatchObject({ info: { runName: 'renamed' }, metrics: [aMetric('m', 1)] })
    for (const runId of [changing, deleted]) {
      expect((await store.getRun(runId)).metrics).toEqual([])
      expect((await store.getRun(runId)).info.runName).not.toBe('renamed')
    }
  })

  test('batches of one run that go together keep their order', async () => {
    const { store } = world
    // A batch with a new key waits for its id: with known keys all arrive together.
    const params = [{ key: 'p', value: 'one' }]
    const metrics = [aMetric('m', 1), aMetric('same', 1)]
    await store.logBatch(await world.aRun(), aBatch({ metrics, params, tags: [{ key: 'last', value: '' }] }))
    const runId = await world.aRun()
    const steps = Array.from({ length: 60 }, (_, step) => step)
    await Promise.all(
      steps.map((step) =>
        store.logBatch(
          runId,
          aBatch({
            metrics: [aMetric('m', step, step), aMetric('same', 1)],
            params,
            tags: [
              { key: 'last', value: String(step) },
              { key: 'mlflow.runName', value: `name ${step}` },
            ],
          }),
        ),
      ),
    )
    const run = await store.getRun(runId)
    expect(run.info.runName).toBe('name 59')
    expect(run.params).toEqual(params)
    expect(run.tags).toEqual([
      { key: 'last', value: '59' },
      { key: 'mlflow.runName', value: 'name 59' },
    ])
    expect((await store.getMetricHistory(runId, 'm', {})).items.map(({ step }) => step)).toEqual(steps)
    expect((await store.getMetricHistory(runId, 'same', {})).items).toEqual([aMetric('same', 1)])
  })

  test('of batches that go together only the one that changes a param is refused', async () => {
    const { store } = world
    const runId = await world.aRun()
    await store.logParam(runId, { key: 'p', value: '1' })
    const batches = ['1', '2', '1', '3'].map((value, step) =>
      store.logBatch(runId, aBatch({ params: [{ key: 'p', value }], metrics: [aMetric('m', step, step)] })),
    )
    const results = await Promise.allSettled(batches)
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
    expect((await store.getMetricHistory(runId, 'm', {})).items.map(({ step }) => step)).toEqual([0, 2])
  })

  test('runs are created and updated together, those of a deleted experiment refused', async () => {
    const { store } = world
    const [open, closed] = [await world.anExperiment('s3://b'), await world.anExperiment()]
    await store.createRun({ experimentId: closed })
    await store.deleteExperiment(closed)
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        store.createRun({
          experimentId: index === 7 ? closed : open,
          runName: `run ${index}`,
          ...(index % 2 === 0 ? { startTime: index } : {}),
          tags: Array.from({ length: index % 3 }, (__, tag) => ({ key: `t${tag}`, value: String(index) })),
        }),
      ),
    )
    expect(results[7]).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_PARAMETER_VALUE' } })
    const runs = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(runs).toHaveLength(19)
    for (const run of runs) expect(await store.getRun(run.info.runId)).toEqual(run)
    const updates = await Promise.all(
      runs.map(({ info }, index) =>
        store.updateRun(
          info.runId,
          index % 2 === 0 ? { status: 'FINISHED', endTime: index } : { runName: `new ${index}` },
        ),
      ),
    )
    for (const [index, run] of runs.entries()) {
      const { info, tags } = await store.getRun(run.info.runId)
      expect(info).toEqual(updates[index])
      expect(tags).toContainEqual({ key: 'mlflow.runName', value: info.runName })
      expect(info.runName).toBe(index % 2 === 0 ? run.info.runName : `new ${index}`)
    }
  })

  test('two updates of one run at once are both made', async () => {
    const { store } = world
    const runId = await world.aRun()
    await Promise.all([store.updateRun(runId, { status: 'FINISHED' }), store.updateRun(runId, { endTime: 5 })])
    expect((await store.getRun(runId)).info).toMatchObject({ status: 'FINISHED', endTime: 5 })
  })

  test('points logged with a model are kept for the model too, each once', async () => {
    const { store, database } = world
    const experimentId = await world.anExperiment()
    const runId = await world.aRun({ experimentId })
    const modelId = `m-${runId}`
    await database.db
      .insertInto('logged_model')
      .values({
        model_id: modelId,
        experiment_id: Number(experimentId),
        name: 'model',
        artifact_uri: 's3://b/m',
        status: 'READY',
        lifecycle_stage: 'active',
        creation_time: 0,
        last_update_time: 0,
      })
      .execute()
    const onDataset = { ...aMetric('acc', Infinity, 1), modelId, datasetName: 'd', datasetDigest: 'x' }
    const batch = aBatch({
      metrics: [
        onDataset,
        aMetric('plain', 1),
        { ...aMetric('acc', 2, 2), modelId },
        { ...aMetric('acc', 3, 3), modelId: 'm-unknown' },
      ],
    })
    await store.logBatch(runId, batch)
    await store.logBatch(runId, batch)
    const rows = await database.db
      .selectFrom('logged_model_metric')
      .innerJoin('logged_model', 'logged_model.id', 'logged_model_metric.model_id')
      .innerJoin('entity_key', 'entity_key.id', 'logged_model_metric.key_id')
      .where('logged_model.model_id', '=', modelId)
      .select(['run_id', 'key', 'step', 'timestamp', 'value', 'dataset_name', 'dataset_digest'])
      .orderBy('step')
      .execute()
    const common = { run_id: runId, key: 'acc', timestamp: 0 }
    expect(rows).toEqual([
      { ...common, step: 1, value: Number.MAX_VALUE, dataset_name: 'd', dataset_digest: 'x' },
      { ...common, step: 2, value: 2, dataset_name: null, dataset_digest: null },
    ])
    expect((await store.getRun(runId)).metrics).toEqual([aMetric('acc', 3, 3), aMetric('plain', 1)])
  })
})

const { postgres } = inject('services')

test.skipIf(!postgres.isAvailable)(
  'two processes write to the same runs without losing or blocking each other',
  async () => {
    if (!postgres.isAvailable) return
    const { uri, drop } = await createPostgresDatabase(postgres.url)
    const databases = [await openDatabase({ backendStoreUri: uri }), await openDatabase({ backendStoreUri: uri })]
    try {
      const [one, other] = await Promise.all(
        databases.map((database) => createTrackingStore(database, { defaultArtifactRoot: 's3://b' })),
      )
      if (one === undefined || other === undefined) throw new Error('two stores were opened')
      const runIds = await Promise.all(
        Array.from({ length: 10 }, async () => (await one.createRun({ experimentId: '0' })).info.runId),
      )
      const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`)
      const rounds = 15
      const write = (store: typeof one, writer: number) =>
        Array.from({ length: rounds }, (_, round) => {
          const step = round * 2 + writer
          const order = writer === 0 ? runIds : runIds.toReversed()
          const names = step % 4 < 2 ? keys : keys.toReversed()
          return order.map((runId) =>
            store.logBatch(
              runId,
              aBatch({
                metrics: names.map((key) => aMetric(key, step, step)),
                params: names.map((key) => ({ key, value: 'same' })),
                tags: names.map((key) => ({ key, value: String(step) })),
              }),
            ),
          )
        }).flat()
      await Promise.all([...write(one, 0), ...write(other, 1)])
      for (const runId of runIds) {
        const run = await other.getRun(runId)
        expect(run.metrics.map(({ step }) => step)).toEqual(keys.map(() => rounds * 2 - 1))
        expect(run.params).toHaveLength(keys.length)
        const { items } = await one.getMetricHistory(runId, 'key 7', {})
        expect(items.map(({ step }) => step)).toEqual(Array.from({ length: rounds * 2 }, (_, step) => step))
      }
    } finally {
      await Promise.all(databases.map((database) => database[Symbol.asyncDispose]()))
      await drop()
    }
  },
)
