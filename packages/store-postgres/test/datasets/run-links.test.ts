import { type DatasetInput, toStoredTag } from '@tidemill/core'
import { expect, test } from 'vitest'
import { describeStores } from '../tracking/world.ts'

const aDataset = (name: string, digest: string, over: Partial<DatasetInput['dataset']> = {}): DatasetInput => ({
  dataset: { name, digest, sourceType: 'local', source: '{}', ...over },
  tags: [],
})

const withContext = (input: DatasetInput, context: string): DatasetInput => ({
  ...input,
  tags: [{ key: 'mlflow.data.context', value: context }],
})

describeStores('inputs and outputs of runs', (world) => {
  const logDatasets = (runId: string, ...datasets: DatasetInput[]): Promise<void> =>
    world.store.logInputs(runId, { datasets, modelIds: [] })

  const inputsOf = async (runId: string) => (await world.store.getRun(runId)).inputs

  test('a run shows its datasets and models in the order of arrival', async () => {
    const runId = await world.aRun()
    const first = withContext(aDataset('z', '1', { schema: '{"a":1}', profile: '{"rows":2}' }), 'train')
    const second = aDataset('a', '2')
    await world.store.logInputs(runId, { datasets: [first], modelIds: ['m-z'] })
    await world.store.logInputs(runId, { datasets: [second], modelIds: ['m-a', 'm-a', 'm-z'] })
    expect(await inputsOf(runId)).toEqual({ datasets: [first, second], modelIds: ['m-z', 'm-a'] })
  })

  test('a dataset is one per experiment, name and digest: what its first writer said stays', async () => {
    const experimentId = await world.anExperiment()
    const [one, two] = [await world.aRun({ experimentId }), await world.aRun({ experimentId })]
    const elsewhere = await world.aRun()
    await logDatasets(one, aDataset('d', 'x', { source: 'first' }))
    await logDatasets(two, aDataset('d', 'x', { source: 'second', schema: '{}' }), aDataset('d', 'y'))
    await logDatasets(elsewhere, aDataset('d', 'x', { source: 'third' }))
    const sources = async (runId: string) => (await inputsOf(runId)).datasets.map(({ dataset }) => dataset.source)
    expect(await sources(one)).toEqual(['first'])
    expect(await sources(two)).toEqual(['first', '{}'])
    expect(await sources(elsewhere)).toEqual(['third'])
    expect((await inputsOf(two)).datasets[0]?.dataset).not.toHaveProperty('schema')
  })

  test('a retried call changes nothing, and a linked dataset keeps its tags', async () => {
    const runId = await world.aRun()
    const input = withContext(aDataset('d', 'x'), 'train')
    await logDatasets(runId, input)
    await logDatasets(runId, input)
    await logDatasets(runId, withContext(aDataset('d', 'x'), 'eval'))
    expect((await inputsOf(runId)).datasets).toEqual([input])
  })

  test('duplicates in one call collapse to the first; of one tag the last value counts', async () => {
    const runId = await world.aRun()
    const first = aDataset('d', 'x', { source: 'first' })
    const tags = [
      { key: 'k', value: '1' },
      { key: 'k', value: '2' },
    ]
    await logDatasets(runId, { ...first, tags }, aDataset('e', 'x'), aDataset('d', 'x', { source: 'second' }))
    expect((await inputsOf(runId)).datasets).toEqual([
      { ...first, tags: [{ key: 'k', value: '2' }] },
      aDataset('e', 'x'),
    ])
  })

  test('an empty call is fine', async () => {
    const runId = await world.aRun()
    await world.store.logInputs(runId, { datasets: [], modelIds: [] })
    await world.store.logOutputs(runId, [])
    const run = await world.store.getRun(runId)
    expect(run.inputs).toEqual({ datasets: [], modelIds: [] })
    expect(run.modelOutputs).toEqual([])
  })

  test('a model that the run made already gets the new step', async () => {
    const runId = await world.aRun()
    await world.store.logOutputs(runId, [
      { modelId: 'm-2', step: 0 },
      { modelId: 'm-1', step: -4 },
      { modelId: 'm-2', step: 3 },
    ])
    await world.store.logOutputs(runId, [
      { modelId: 'm-1', step: 5 },
      { modelId: 'm-0', step: 1 },
    ])
    expect((await world.store.getRun(runId)).modelOutputs).toEqual([
      { modelId: 'm-2', step: 3 },
      { modelId: 'm-1', step: 5 },
      { modelId: 'm-0', step: 1 },
    ])
  })

  test('runs that log the same new datasets at once all get them', async () => {
    const experimentId = await world.anExperiment()
    const runs = await Promise.all(Array.from({ length: 8 }, () => world.aRun({ experimentId })))
    const datasets = Array.from({ length: 10 }, (_, index) => aDataset(`d${index}`, 'x'))
    await Promise.all(
      runs.map((runId, index) => logDatasets(runId, ...(index % 2 === 0 ? datasets : datasets.toReversed()))),
    )
    for (const runId of runs) expect((await inputsOf(runId)).datasets).toHaveLength(10)
    expect(await world.store.searchDatasets([experimentId])).toHaveLength(10)
  })

  test('the datasets of experiments come with each context that they were used in', async () => {
    const experimentId = await world.anExperiment()
    const another = await world.anExperiment()
    const runs = [await world.aRun({ experimentId }), await world.aRun({ experimentId })]
    for (const runId of runs) await logDatasets(runId, withContext(aDataset('b', '1'), 'train'), aDataset('a', '1'))
    await logDatasets(await world.aRun({ experimentId }), withContext(aDataset('b', '1'), 'eval'))
    await logDatasets(await world.aRun({ experimentId: another }), aDataset('c', '1'))
    const summaries = [
      { experimentId, name: 'a', digest: '1' },
      { experimentId, name: 'b', digest: '1', context: 'eval' },
      { experimentId, name: 'b', digest: '1', context: 'train' },
    ]
    expect(await world.store.searchDatasets([experimentId, '2147483647'])).toEqual(summaries)
    expect(await world.store.searchDatasets([experimentId, another])).toEqual([
      ...summaries,
      { experimentId: another, name: 'c', digest: '1' },
    ])
    await expect(world.store.searchDatasets(['x'])).rejects.toThrow("Invalid experiment ID 'x'.")
  })

  test('at most 1000 datasets are listed', async () => {
    const experimentId = await world.anExperiment()
    const datasets = Array.from({ length: 1001 }, (_, index) => aDataset(`d${index}`, 'x'))
    await logDatasets(await world.aRun({ experimentId }), ...datasets)
    expect(await world.store.searchDatasets([experimentId])).toHaveLength(1000)
  })

  test('models are added to the history tag of the run, whole however long it gets', async () => {
    const runId = await world.aRun()
    const models = Array.from({ length: 5 }, (_, index) => ({
      model_uuid: `u${index}`,
      flavors: { f: 'x'.repeat(5000) },
    }))
    for (const model of models) await world.store.appendLoggedModelHistory(runId, model)
    const tag = (await world.store.getRun(runId)).tags.find(({ key }) => key === 'mlflow.log-model.history')
    expect(JSON.parse(tag?.value ?? '')).toEqual(models)
    // A client that copies a run's tags copies it whole too.
    expect(tag === undefined ? undefined : toStoredTag(tag)).toEqual(tag)
  })

  test('models that are logged at once are all kept', async () => {
    const runId = await world.aRun()
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => world.store.appendLoggedModelHistory(runId, { model_uuid: index })),
    )
    const tag = (await world.store.getRun(runId)).tags.find(({ key }) => key === 'mlflow.log-model.history')
    expect(new Set(JSON.parse(tag?.value ?? '').map((model: { model_uuid: number }) => model.model_uuid)).size).toBe(10)
  })

  test('a history tag that a client spoiled is not overwritten', async () => {
    const runId = await world.aRun({ tags: [{ key: 'mlflow.log-model.history', value: 'spoiled' }] })
    await expect(world.store.appendLoggedModelHistory(runId, {})).rejects.toThrow('is not a JSON list')
  })

  test('a run that is deleted or unknown takes none of them', async () => {
    const runId = await world.aRun()
    await world.store.deleteRun(runId)
    const refuse = async (id: string, message: string): Promise<void> => {
      const { store } = world
      await expect(store.logInputs(id, { datasets: [], modelIds: ['m-1'] })).rejects.toThrow(message)
      await expect(store.logOutputs(id, [{ modelId: 'm-1', step: 0 }])).rejects.toThrow(message)
      await expect(store.appendLoggedModelHistory(id, {})).rejects.toThrow(message)
    }
    await refuse(runId, `The run ${runId} must be in the 'active' state. Current state is deleted.`)
    for (const id of ['nope', 'a\0b']) await refuse(id, `Run with id=${id} not found`)
  })

  test('the JSON of a run follows every change', async () => {
    const runId = await world.aRun()
    await world.store.logOutputs(runId, [{ modelId: 'm-1', step: 0 }])
    expect((await world.store.getRun(runId)).modelOutputs).toEqual([{ modelId: 'm-1', step: 0 }])
    await world.store.logInputs(runId, { datasets: [], modelIds: ['m-2'] })
    expect(JSON.parse(await world.store.getRunJson(runId))).toMatchObject({
      inputs: { model_inputs: [{ model_id: 'm-2' }] },
      outputs: { model_outputs: [{ model_id: 'm-1', step: 0 }] },
    })
  })
})
