import { appendToUri } from '@tidemill/core'
import { expect, test } from 'vitest'
import { insertRun, setRunStatus } from '../../src/queries/run.ts'
import { insertRunParams } from '../../src/queries/run-param.ts'
import { upsertRunTags } from '../../src/queries/run-tag.ts'
import { aBatch, aMetric, describeStores } from './world.ts'

describeStores('runs', (world) => {
  test('a run reads back as it was created', async () => {
    const { store } = world
    const experimentId = await world.anExperiment('s3://b/p')
    const run = await store.createRun({
      experimentId,
      userId: 'ann',
      runName: 'größe',
      startTime: -5,
      tags: [
        { key: 'z', value: '' },
        { key: 'mlflow.runName', value: 'größe' },
        { key: 'a', value: 'x'.repeat(8001) },
      ],
    })
    expect(run).toEqual({
      info: {
        runId: expect.stringMatching(/^[0-9a-f]{32}$/),
        runName: 'größe',
        experimentId,
        userId: 'ann',
        status: 'RUNNING',
        startTime: -5,
        artifactUri: `s3://b/p/${run.info.runId}/artifacts`,
        lifecycleStage: 'active',
      },
      metrics: [],
      params: [],
      tags: [
        { key: 'a', value: 'x'.repeat(8000) },
        { key: 'mlflow.runName', value: 'größe' },
        { key: 'z', value: '' },
      ],
      inputs: { datasets: [], modelIds: [] },
      modelOutputs: [],
    })
    expect(await store.getRun(run.info.runId)).toEqual(run)
  })

  test('a run without name and start gets both', async () => {
    const before = Date.now() - 60_000
    const { info, tags } = await world.store.createRun({ experimentId: await world.anExperiment() })
    expect(info.runName).toMatch(/^[a-z]+-[a-z]+-\d+$/)
    expect(tags).toEqual([{ key: 'mlflow.runName', value: info.runName }])
    expect(info.startTime).toBeGreaterThan(before)
    expect(info).not.toHaveProperty('endTime')
  })

  test.each(['mlflow-artifacts:/', 's3://b/p', 's3://b/p//', 's3://b/p/?x=a/b&y=\\1', '/data/a?b/', '/', 'C:\\x'])(
    'artifacts of a run lie below the location %s',
    async (location) => {
      const run = await world.store.createRun({ experimentId: await world.anExperiment(location) })
      expect(run.info.artifactUri).toBe(appendToUri(location, run.info.runId, 'artifacts'))
    },
  )

  test('a name and a tag that differ are refused', async () => {
    const experimentId = await world.anExperiment()
    const run = { experimentId, runName: 'a', tags: [{ key: 'mlflow.runName', value: 'b' }] }
    await expect(world.store.createRun(run)).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
  })

  test.each(['0'.repeat(32), 'x', 'a\0'])('the id %j is of no run', async (runId) => {
    const { store } = world
    const error = { code: 'RESOURCE_DOES_NOT_EXIST', message: `Run with id=${runId} not found` }
    const attempts = [
      () => store.getRun(runId),
      () => store.updateRun(runId, { status: 'FINISHED' }),
      () => store.deleteRun(runId),
      () => store.restoreRun(runId),
      () => store.logBatch(runId, aBatch({ metrics: [aMetric('m', 1)] })),
      () => store.logBatch(runId, aBatch({})),
      () => store.logParam(runId, { key: 'p', value: '' }),
      () => store.deleteRunTag(runId, 'a'),
      () => store.getRunJson(runId),
    ]
    for (const attempt of attempts) await expect((async () => attempt())()).rejects.toMatchObject(error)
  })

  test('an update sets what it has and leaves the rest', async () => {
    const { store } = world
    const runId = await world.aRun({ runName: 'first', startTime: 1 })
    expect(await store.updateRun(runId, { status: 'FINISHED', endTime: 9 })).toMatchObject({
      status: 'FINISHED',
      endTime: 9,
      runName: 'first',
      startTime: 1,
    })
    expect(await store.updateRun(runId, { runName: 'second' })).toMatchObject({ status: 'FINISHED', runName: 'second' })
    expect(await store.updateRun(runId, { status: 'RUNNING', runName: '' })).toMatchObject({
      status: 'RUNNING',
      endTime: 9,
      runName: 'second',
    })
    expect((await store.getRun(runId)).tags).toEqual([{ key: 'mlflow.runName', value: 'second' }])
  })

  test('the name tag renames the run, and its deletion leaves the name', async () => {
    const { store } = world
    const runId = await world.aRun({ runName: 'first' })
    await store.logBatch(runId, aBatch({ tags: [{ key: 'mlflow.runName', value: 'second' }] }))
    expect((await store.getRun(runId)).info.runName).toBe('second')
    await store.deleteRunTag(runId, 'mlflow.runName')
    expect(await store.getRun(runId)).toMatchObject({ info: { runName: 'second' }, tags: [] })
  })

  test('a deleted run is read but not written, and deletion and restoration may repeat', async () => {
    const { store } = world
    const runId = await world.aRun({ tags: [{ key: 'a', value: '1' }] })
    await store.deleteRun(runId)
    await store.deleteRun(runId)
    const error = {
      code: 'INVALID_PARAMETER_VALUE',
      message: `The run ${runId} must be in the 'active' state. Current state is deleted.`,
    }
    const before = await store.getRun(runId)
    expect(before.info.lifecycleStage).toBe('deleted')
    const batch = aBatch({
      metrics: [aMetric('m', 1)],
      params: [{ key: 'p', value: '1' }],
      tags: [{ key: 'mlflow.runName', value: 'renamed' }],
    })
    await expect(store.updateRun(runId, { status: 'FINISHED' })).rejects.toMatchObject(error)
    await expect(store.logBatch(runId, batch)).rejects.toMatchObject(error)
    await expect(store.logBatch(runId, { ...batch, params: [] })).rejects.toMatchObject(error)
    await expect(store.logParam(runId, { key: 'p', value: '' })).rejects.toMatchObject(error)
    await expect(store.deleteRunTag(runId, 'a')).rejects.toMatchObject(error)
    expect(await store.getRun(runId)).toEqual(before)
    expect((await store.getMetricHistory(runId, 'm', {})).items).toEqual([])
    await store.restoreRun(runId)
    await store.restoreRun(runId)
    await store.logBatch(runId, batch)
    expect((await store.getRun(runId)).info).toMatchObject({ lifecycleStage: 'active', runName: 'renamed' })
  })

  test('a run in a deleted experiment can be restored by itself', async () => {
    const { store } = world
    const experimentId = await world.anExperiment()
    const runId = await world.aRun({ experimentId })
    await store.deleteExperiment(experimentId)
    await store.restoreRun(runId)
    expect((await store.getRun(runId)).info.lifecycleStage).toBe('active')
  })

  test('an absent tag cannot be deleted', async () => {
    const runId = await world.aRun()
    for (const key of ['never seen', 'a\0']) {
      await expect(world.store.deleteRunTag(runId, key)).rejects.toMatchObject({
        code: 'RESOURCE_DOES_NOT_EXIST',
        message: `No tag with name: ${key} in run with id ${runId}`,
      })
    }
  })

  test('statements of a larger transaction make, fill and end a run, or leave nothing', async () => {
    const { db } = world.database
    const experimentId = Number(await world.anExperiment())
    const make = (runId: string, isKept: boolean) =>
      db.transaction().execute(async (transaction) => {
        const run = { runId, experimentId, name: 'engine', userId: '', status: 'SCHEDULED' as const }
        const { id, artifact_uri } = await insertRun(transaction, run)
        await insertRunParams(transaction, id, [
          { key: 'new param key of a transaction', value: 'kept' },
          { key: 'p', value: 'x'.repeat(6001) },
        ])
        await insertRunParams(transaction, id, [{ key: 'p', value: 'too late' }])
        await upsertRunTags(transaction, id, [{ key: 'mlflow.runName', value: 'renamed' }])
        await setRunStatus(transaction, runId, 'FAILED', 'now')
        if (!isKept) throw new Error('rolled back')
        return artifact_uri
      })
    const [kept, dropped] = ['a'.repeat(32), 'b'.repeat(32)] as const
    await expect(make(dropped, false)).rejects.toThrow('rolled back')
    const uri = await make(kept, true)
    expect(await world.store.getRun(kept)).toMatchObject({
      info: { runName: 'renamed', status: 'FAILED', endTime: expect.any(Number), artifactUri: uri },
      params: [
        { key: 'new param key of a transaction', value: 'kept' },
        { key: 'p', value: 'x'.repeat(6000) },
      ],
      tags: [{ key: 'mlflow.runName', value: 'renamed' }],
    })
    await setRunStatus(db, kept, 'RUNNING', null)
    expect((await world.store.getRun(kept)).info).not.toHaveProperty('endTime')
    await expect(world.store.getRun(dropped)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })
})
