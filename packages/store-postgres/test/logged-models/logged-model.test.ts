import { randomUUID } from 'node:crypto'
import { InvalidParameterValueError, type NewLoggedModel, ResourceDoesNotExistError } from '@tidemill/core'
import { expect, test } from 'vitest'
import { createLoggedModelStore } from '../../src/index.ts'
import { describeStores } from '../tracking/world.ts'

describeStores('logged models', (world) => {
  const store = () => createLoggedModelStore(world.database)
  const aModel = async (model: Partial<NewLoggedModel> = {}) =>
    store().createLoggedModel({
      experimentId: model.experimentId ?? (await world.anExperiment()),
      params: [],
      tags: [],
      ...model,
    })

  test('a new model is pending, below its experiment, with its params and tags sorted', async () => {
    const experimentId = await world.anExperiment('s3://bucket/base/?v=1')
    const before = Date.now()
    const made = await aModel({
      experimentId,
      name: 'net',
      modelType: 'classifier',
      sourceRunId: 'any text',
      params: [
        { key: 'b', value: '' },
        { key: 'a', value: '1' },
        { key: 'a', value: '1' },
      ],
      tags: [
        { key: 't', value: 'first' },
        { key: 't', value: 'last' },
      ],
    })
    expect(made).toEqual({
      modelId: expect.stringMatching(/^m-[0-9a-f]{32}$/),
      experimentId,
      name: 'net',
      artifactUri: `s3://bucket/base/models/${made.modelId}/artifacts?v=1`,
      status: 'PENDING',
      modelType: 'classifier',
      sourceRunId: 'any text',
      params: [
        { key: 'a', value: '1' },
        { key: 'b', value: '' },
      ],
      tags: [{ key: 't', value: 'last' }],
      metrics: [],
      creationTime: expect.any(Number),
      lastUpdateTime: made.creationTime,
    })
    expect(Math.abs(made.creationTime - before)).toBeLessThan(60_000)
    expect(await store().getLoggedModel(made.modelId)).toEqual(made)
  })

  test('a model without a name gets one like a run; names repeat freely', async () => {
    expect((await aModel()).name).toMatch(/^[a-z]+-[a-z]+-\d+$/)
    const first = await aModel({ name: 'same' })
    expect((await aModel({ name: 'same', experimentId: first.experimentId })).modelId).not.toBe(first.modelId)
  })

  test('an experiment that is absent or deleted takes no model', async () => {
    const experimentId = await world.anExperiment()
    await world.store.deleteExperiment(experimentId)
    await expect(aModel({ experimentId })).rejects.toThrow(
      `The experiment ${experimentId} must be in the 'active' state. Current state is deleted.`,
    )
    await expect(aModel({ experimentId: '2147483647' })).rejects.toThrow('No Experiment with id=2147483647 exists')
    await expect(aModel({ experimentId: 'x' })).rejects.toThrow("Invalid experiment ID 'x'")
  })

  test('finalizing may be repeated and moves the time of the last update', async () => {
    const { modelId, creationTime } = await aModel({ params: [{ key: 'a', value: '1' }] })
    await world.database.db
      .updateTable('logged_model')
      .set({ last_update_time: 1 })
      .where('model_id', '=', modelId)
      .execute()
    const ready = await store().finalizeLoggedModel(modelId, 'READY')
    expect(ready).toMatchObject({ modelId, status: 'READY', creationTime, params: [{ key: 'a', value: '1' }] })
    expect(ready.lastUpdateTime).toBeGreaterThanOrEqual(creationTime)
    expect(await store().finalizeLoggedModel(modelId, 'UPLOAD_FAILED')).toMatchObject({ status: 'UPLOAD_FAILED' })
    expect(await store().getLoggedModel(modelId)).toMatchObject({ status: 'UPLOAD_FAILED' })
  })

  test('a deleted model is found only on demand, and changes no more', async () => {
    const { modelId } = await aModel({ tags: [{ key: 't', value: '1' }] })
    await store().deleteLoggedModel(modelId)
    const text = `Logged model with ID '${modelId}' not found.`
    await expect(store().getLoggedModel(modelId)).rejects.toThrow(text)
    await expect(store().finalizeLoggedModel(modelId, 'READY')).rejects.toThrow(text)
    await expect(store().setLoggedModelTags(modelId, [{ key: 't', value: '2' }])).rejects.toThrow(text)
    await expect(store().deleteLoggedModelTag(modelId, 't')).rejects.toThrow(text)
    await expect(store().logLoggedModelParams(modelId, [{ key: 'p', value: '2' }])).rejects.toThrow(text)
    const kept = await store().getLoggedModel(modelId, { allowDeleted: true })
    expect(kept).toMatchObject({ status: 'PENDING', params: [], tags: [{ key: 't', value: '1' }] })
  })

  test('deleting again, as a retried call does, changes nothing', async () => {
    const { modelId } = await aModel()
    await store().deleteLoggedModel(modelId)
    await world.database.db
      .updateTable('logged_model')
      .set({ last_update_time: 1 })
      .where('model_id', '=', modelId)
      .execute()
    await store().deleteLoggedModel(modelId)
    expect(await store().getLoggedModel(modelId, { allowDeleted: true })).toMatchObject({ lastUpdateTime: 1 })
  })

  test.each(['m-none', '', 'a\0b'])('no model has the id %j', async (modelId) => {
    const loggedModels = store()
    const calls = [
      loggedModels.getLoggedModel(modelId, { allowDeleted: true }),
      loggedModels.finalizeLoggedModel(modelId, 'READY'),
      loggedModels.deleteLoggedModel(modelId),
      loggedModels.setLoggedModelTags(modelId, []),
      loggedModels.deleteLoggedModelTag(modelId, 't'),
      loggedModels.logLoggedModelParams(modelId, []),
    ].map((call) => expect(call).rejects.toThrow(ResourceDoesNotExistError))
    await Promise.all(calls)
  })

  test('tags are added and replaced; a deleted one is gone, and cannot be deleted again', async () => {
    const { modelId } = await aModel({ tags: [{ key: 'kept', value: '0' }] })
    await store().setLoggedModelTags(modelId, [
      { key: 'a/b %', value: '1' },
      { key: 'twice', value: '1' },
      { key: 'twice', value: '2' },
    ])
    await store().setLoggedModelTags(modelId, [{ key: 'a/b %', value: '' }])
    await store().deleteLoggedModelTag(modelId, 'twice')
    expect((await store().getLoggedModel(modelId)).tags).toEqual([
      { key: 'a/b %', value: '' },
      { key: 'kept', value: '0' },
    ])
    for (const key of ['twice', 'a\0b']) {
      await expect(store().deleteLoggedModelTag(modelId, key)).rejects.toThrow(
        `No tag with key '${key}' found for model with ID '${modelId}'.`,
      )
    }
  })

  test('params are added once; another value is refused and nothing of the call is kept', async () => {
    const { modelId } = await aModel({ params: [{ key: 'a', value: '1' }] })
    const many = Array.from({ length: 250 }, (_, index) => ({ key: `p${index}`, value: 'x'.repeat(index) }))
    await store().logLoggedModelParams(modelId, [{ key: 'a', value: '1' }, ...many])
    await store().logLoggedModelParams(modelId, many)
    const refused = store().logLoggedModelParams(modelId, [
      { key: 'new', value: '1' },
      { key: 'a', value: '2' },
    ])
    await expect(refused).rejects.toThrow(
      `Changing param values is not allowed. Param with key='a' was already logged with value='1' for model ID='${modelId}'. Attempted logging new value '2'.`,
    )
    await expect(refused).rejects.toThrow(InvalidParameterValueError)
    const { params } = await store().getLoggedModel(modelId)
    expect(params).toHaveLength(251)
    expect(params.map(({ key }) => key)).not.toContain('new')
  })

  test('of callers that log different values of one param at once, one wins', async () => {
    const { modelId } = await aModel()
    const results = await Promise.allSettled(
      ['1', '2', '3', '4'].map((value) => store().logLoggedModelParams(modelId, [{ key: 'k', value }])),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const winner = results.findIndex(({ status }) => status === 'fulfilled') + 1
    expect((await store().getLoggedModel(modelId)).params).toEqual([{ key: 'k', value: String(winner) }])
  })

  test('concurrent callers set many tags in any order', async () => {
    const { modelId } = await aModel()
    const tags = Array.from({ length: 40 }, (_, index) => ({ key: `t${index}`, value: 'v' }))
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        store().setLoggedModelTags(modelId, index % 2 === 0 ? tags : tags.toReversed()),
      ),
    )
    expect((await store().getLoggedModel(modelId)).tags).toHaveLength(40)
  })

  test('every point that was logged with the model is in its metrics, with run and dataset', async () => {
    const { modelId, experimentId } = await aModel()
    const runId = await world.aRun({ experimentId })
    const key = `acc-${randomUUID()}`
    const origin = { modelId, datasetName: 'd', datasetDigest: 'x' }
    const points = [
      { key, value: 0.5, timestamp: 2, step: 1, ...origin },
      { key, value: Number.NaN, timestamp: 2, step: 0, modelId },
      { key, value: 0.1, timestamp: 1, step: 5, modelId },
    ]
    await world.store.logBatch(runId, { metrics: points, params: [], tags: [] })
    await world.store.logBatch(runId, {
      metrics: [...points, { key, value: 1, timestamp: 3, step: 3, modelId: 'm-unknown' }],
      params: [],
      tags: [],
    })
    expect((await store().getLoggedModel(modelId)).metrics).toEqual([
      { key, value: 0.5, timestamp: 2, step: 1, runId, datasetName: 'd', datasetDigest: 'x' },
      { key, value: Number.NaN, timestamp: 2, step: 0, runId },
      { key, value: 0.1, timestamp: 1, step: 5, runId },
    ])
  })
})
