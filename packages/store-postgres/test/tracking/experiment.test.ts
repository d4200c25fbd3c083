import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeStores } from './world.ts'

describeStores('experiments', (world) => {
  test('an experiment reads back as it was created', async () => {
    const name = ` größe/${randomUUID()} `
    const experimentId = await world.store.createExperiment({
      name,
      artifactLocation: 's3://b/p?x=1',
      tags: [
        { key: 'ü', value: '' },
        { key: 'a', value: 'first' },
        { key: 'a', value: '日本 "quoted"' },
      ],
    })
    const experiment = await world.store.getExperiment(experimentId)
    expect(experiment).toEqual({
      experimentId,
      name,
      artifactLocation: 's3://b/p?x=1',
      lifecycleStage: 'active',
      creationTime: experiment.lastUpdateTime,
      lastUpdateTime: experiment.lastUpdateTime,
      tags: [
        { key: 'a', value: '日本 "quoted"' },
        { key: 'ü', value: '' },
      ],
    })
    expect(await world.store.findExperimentByName(name)).toEqual(experiment)
    expect(await world.store.findExperimentByName(name.toUpperCase())).toBeUndefined()
  })

  test('an experiment without a location lies below the default root', async () => {
    const experimentId = await world.anExperiment()
    expect(await world.store.getExperiment(experimentId)).toMatchObject({
      artifactLocation: `s3://root/x/${experimentId}?q=1`,
    })
  })

  const unknown = (id: string) => ({ code: 'RESOURCE_DOES_NOT_EXIST', message: `No Experiment with id=${id} exists` })
  const invalid = (id: string) => ({
    code: 'INVALID_PARAMETER_VALUE',
    message: `Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`,
  })
  test.each([
    ...['-1', '99999999999999', '2147483647', '9'.repeat(30)].map((id) => [id, unknown(id)] as const),
    ...['nope', '1.5', '', '1\0', ' 1', '0x1'].map((id) => [id, invalid(id)] as const),
  ])('the id %j is of no experiment', async (experimentId, error) => {
    const { store } = world
    await expect(store.getExperiment(experimentId)).rejects.toMatchObject(error)
    await expect(store.deleteExperiment(experimentId)).rejects.toMatchObject(error)
    await expect(store.restoreExperiment(experimentId)).rejects.toMatchObject(error)
    await expect(store.renameExperiment(experimentId, randomUUID())).rejects.toMatchObject(error)
    await expect(store.setExperimentTag(experimentId, { key: 'a', value: '' })).rejects.toMatchObject(error)
    await expect(store.deleteExperimentTag(experimentId, 'a')).rejects.toMatchObject(error)
    await expect(store.createRun({ experimentId })).rejects.toMatchObject(error)
  })

  test('a name is taken by a deleted experiment too', async () => {
    const { store } = world
    const name = randomUUID()
    const holder = await store.createExperiment({ name })
    const other = await world.anExperiment()
    const taken = {
      code: 'RESOURCE_ALREADY_EXISTS',
      message: expect.stringContaining(`Experiment(name=${name}) already exists`),
    }
    await expect(store.createExperiment({ name })).rejects.toMatchObject(taken)
    await store.deleteExperiment(holder)
    await expect(store.createExperiment({ name })).rejects.toMatchObject(taken)
    await expect(store.renameExperiment(other, name)).rejects.toMatchObject(taken)
  })

  test('of concurrent creations of one name one succeeds', async () => {
    const name = randomUUID()
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => world.store.createExperiment({ name })))
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
  })

  test('a rename keeps the location and needs an active experiment', async () => {
    const { store } = world
    const experimentId = await world.anExperiment('s3://b/kept')
    const name = randomUUID()
    await store.renameExperiment(experimentId, name)
    expect(await store.getExperiment(experimentId)).toMatchObject({ name, artifactLocation: 's3://b/kept' })
    await store.deleteExperiment(experimentId)
    await expect(store.renameExperiment(experimentId, randomUUID())).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining('Cannot rename a non-active experiment.'),
    })
  })

  test('deletion and restoration take all runs along, and each works only once', async () => {
    const { store } = world
    const experimentId = await world.anExperiment()
    const kept = await world.aRun({ experimentId })
    const deletedBefore = await world.aRun({ experimentId })
    await store.deleteRun(deletedBefore)

    await store.deleteExperiment(experimentId)
    const gone = { code: 'RESOURCE_DOES_NOT_EXIST', message: `No Experiment with id=${experimentId} exists` }
    await expect(store.deleteExperiment(experimentId)).rejects.toMatchObject(gone)
    expect(await store.getExperiment(experimentId)).toMatchObject({ lifecycleStage: 'deleted' })
    expect((await store.getRun(kept)).info.lifecycleStage).toBe('deleted')
    await expect(store.createRun({ experimentId })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: `The experiment ${experimentId} must be in the 'active' state. Current state is deleted.`,
    })

    await store.restoreExperiment(experimentId)
    await expect(store.restoreExperiment(experimentId)).rejects.toMatchObject(gone)
    expect((await store.getRun(kept)).info.lifecycleStage).toBe('active')
    expect((await store.getRun(deletedBefore)).info.lifecycleStage).toBe('active')
  })

  test('tags are set, replaced and deleted on an active experiment only', async () => {
    const { store } = world
    const experimentId = await world.anExperiment()
    await store.setExperimentTag(experimentId, { key: 'a', value: '1' })
    await store.setExperimentTag(experimentId, { key: 'a', value: '2' })
    await store.setExperimentTag(experimentId, { key: 'b', value: '' })
    await store.deleteExperimentTag(experimentId, 'b')
    expect((await store.getExperiment(experimentId)).tags).toEqual([{ key: 'a', value: '2' }])
    await expect(store.deleteExperimentTag(experimentId, 'b')).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: `No tag with name: b in experiment with id ${experimentId}`,
    })

    await store.deleteExperiment(experimentId)
    const inactive = {
      code: 'INVALID_PARAMETER_VALUE',
      message: `The experiment ${experimentId} must be in the 'active' state. Current state is deleted.`,
    }
    await expect(store.setExperimentTag(experimentId, { key: 'a', value: '3' })).rejects.toMatchObject(inactive)
    await expect(store.deleteExperimentTag(experimentId, 'a')).rejects.toMatchObject(inactive)
    expect((await store.getExperiment(experimentId)).tags).toEqual([{ key: 'a', value: '2' }])
  })
})
