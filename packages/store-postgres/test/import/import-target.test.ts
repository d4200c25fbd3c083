import { randomUUID } from 'node:crypto'
import type { Experiment, ImportedRegisteredModel, ImportedRun, MetricSeries, RunToImport } from '@tidemill/core'
import { expect, test } from 'vitest'
import { createImportTarget, createRegistryStore } from '../../src/index.ts'
import { aSearch, describeStores, searchNames } from '../tracking/world.ts'

/** As MLflow's file store draws them: beyond 2^53. */
const anId = (): string => `9${BigInt(`0x${randomUUID().slice(0, 8)}`)}`.padEnd(18, '7')

const anImportedExperiment = (fields: Partial<Experiment> = {}): Experiment => ({
  experimentId: anId(),
  name: randomUUID(),
  artifactLocation: 'mlflow-artifacts:/x',
  lifecycleStage: 'active',
  creationTime: 10,
  lastUpdateTime: 20,
  tags: [{ key: 'team', value: 'a' }],
  ...fields,
})

const anImportedRun = (experimentId: string, fields: Partial<ImportedRun> = {}): ImportedRun => ({
  runId: randomUUID().replaceAll('-', ''),
  experimentId,
  runName: 'a run',
  userId: 'someone',
  status: 'FAILED',
  startTime: 1000,
  endTime: 2000,
  artifactUri: 'mlflow-artifacts:/x/artifacts',
  lifecycleStage: 'active',
  params: [{ key: 'long', value: 'v'.repeat(9000) }],
  tags: [{ key: 'mlflow.runName', value: 'a run' }],
  inputs: { datasets: [], modelIds: ['m-1'] },
  modelOutputs: [{ modelId: 'm-2', step: 3 }],
  ...fields,
})

const toImport = (run: ImportedRun, series: readonly MetricSeries[], digest = 'one'): RunToImport => ({
  run,
  metrics: async function* () {
    yield* series
  },
  digest: () => digest,
})

const aPoint = (step: number, value: number, timestamp = step) => ({ step, timestamp, value })

describeStores('ImportTarget', (world) => {
  const target = () => createImportTarget(world.database)

  test('keeps an experiment with an id beyond 2^53, and everything finds it by that id', async () => {
    const experiment = anImportedExperiment({ lifecycleStage: 'deleted' })
    expect(await target().putExperiment(experiment)).toBe('created')
    expect(await target().putExperiment(experiment)).toBe('unchanged')
    expect(await world.store.getExperiment(experiment.experimentId)).toEqual(experiment)
    await world.store.restoreExperiment(experiment.experimentId)
    await world.store.setExperimentTag(experiment.experimentId, { key: 'k', value: 'v' })
    const run = await world.store.createRun({ experimentId: experiment.experimentId, runName: 'new' })
    expect(run.info.experimentId).toBe(experiment.experimentId)
    await world.store.logParam(run.info.runId, { key: 'p', value: '1' })
    expect(await searchNames(world.store, aSearch(experiment.experimentId, { filter: "params.p = '1'" }))).toEqual([
      ['new'],
    ])
  })

  test('pages of experiments go on after an id beyond 2^53', async () => {
    const experiments = [anImportedExperiment(), anImportedExperiment(), anImportedExperiment()]
    for (const experiment of experiments) await target().putExperiment(experiment)
    const found: string[] = []
    let pageToken = ''
    do {
      const page = await world.store.searchExperiments({
        filter: '',
        orderBy: ['experiment_id DESC'],
        maxResults: 1,
        viewType: 'ACTIVE_ONLY',
        pageToken,
      })
      found.push(...page.items.map(({ experimentId }) => experimentId))
      pageToken = page.nextPageToken ?? ''
    } while (pageToken !== '')
    const wanted = new Set(experiments.map(({ experimentId }) => experimentId))
    const sorted = [...wanted].toSorted((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1))
    expect(found.filter((id) => wanted.has(id))).toEqual(sorted)
  })

  test('gives new ids above the small ones that were imported', async () => {
    const before = Number(await world.anExperiment())
    await target().putExperiment(anImportedExperiment({ experimentId: String(before + 40) }))
    await target().putExperiment(anImportedExperiment())
    expect(Number(await world.anExperiment())).toBe(before + 41)
  })

  test('refuses a name that another experiment has', async () => {
    const { name, experimentId } = anImportedExperiment()
    await target().putExperiment(anImportedExperiment({ name, experimentId }))
    await expect(target().putExperiment(anImportedExperiment({ name }))).rejects.toThrow(
      /already exists with another id/,
    )
  })

  test('keeps a run as it was, its history sorted and each point once', async () => {
    const { experimentId } = anImportedExperiment()
    await target().putExperiment(anImportedExperiment({ experimentId }))
    const run = anImportedRun(experimentId, { lifecycleStage: 'deleted', deletedTime: 3000 })
    const points = Array.from({ length: 5000 }, (_, index) => aPoint(4999 - index, index))
    const { points: written } = await target().putRuns([
      toImport(run, [
        { key: 'loss', points: [...points, aPoint(0, 4999)] },
        { key: 'nan', points: [aPoint(-1, Number.NaN), aPoint(-1, 2)] },
      ]),
    ])
    expect(written).toBe(5002)
    const stored = await world.store.getRun(run.runId)
    expect(stored.metrics.map(({ key, value, step }) => [key, value, step])).toEqual([
      ['loss', 0, 4999],
      ['nan', 2, -1],
    ])
    expect(stored.params).toEqual(run.params)
    expect(stored.inputs.modelIds).toEqual(['m-1'])
    expect(stored.modelOutputs).toEqual(run.modelOutputs)
    const history = await world.store.getMetricHistory(run.runId, 'loss', {})
    expect(history.items.map(({ step }) => step)).toEqual(Array.from({ length: 5000 }, (_, index) => index))
    expect((await target().readRuns([run.runId])).get(run.runId)?.run).toEqual(run)
    expect(await target().findRuns([run.runId])).toEqual(new Map([[run.runId, { experimentId, digest: 'one' }]]))
  })

  test('adds to a run that is there what it lacks, and deletes nothing', async () => {
    const experimentId = await world.anExperiment()
    const run = anImportedRun(experimentId, { params: [{ key: 'p', value: '1' }] })
    await target().putRuns([toImport(run, [{ key: 'loss', points: [aPoint(1, 1), aPoint(2, 2)] }])])
    await world.store.setExperimentTag(experimentId, { key: 'x', value: 'y' })
    await world.store.logBatch(run.runId, {
      metrics: [{ key: 'loss', value: 9, timestamp: 9, step: 9 }],
      params: [{ key: 'own', value: '1' }],
      tags: [],
    })
    const changed = { ...run, status: 'FINISHED' as const, params: [...run.params, { key: 'q', value: '2' }] }
    const { outcomes, points } = await target().putRuns([
      toImport(changed, [{ key: 'loss', points: [aPoint(1, 1), aPoint(2, 2), aPoint(3, 3)] }], 'two'),
    ])
    expect([outcomes, points]).toEqual([['updated'], 1])
    const stored = await world.store.getRun(run.runId)
    expect(stored.info.status).toBe('FINISHED')
    expect(stored.params.map(({ key }) => key)).toEqual(['own', 'p', 'q'])
    expect(stored.metrics).toEqual([{ key: 'loss', value: 9, timestamp: 9, step: 9 }])
    expect((await target().readPoints(run.runId, 'loss')).map(({ step }) => step)).toEqual([1, 2, 3, 9])
  })

  test('writes all runs of a call or none, and refuses one that is in another experiment', async () => {
    const [here, there] = [await world.anExperiment(), await world.anExperiment()]
    const run = anImportedRun(here)
    await target().putRuns([toImport(run, [])])
    const other = anImportedRun(there)
    await expect(
      target().putRuns([toImport(other, []), toImport({ ...run, experimentId: there }, [])]),
    ).rejects.toThrow(/is in experiment/)
    expect(await target().findRuns([other.runId])).toEqual(new Map())
  })

  test('keeps a registered model with its versions, and goes on after the highest number ever given', async () => {
    const version = {
      stage: 'Production' as const,
      description: '',
      source: 'runs:/x/model',
      storageLocation: 'mlflow-artifacts:/x/model',
      runId: 'x',
      runLink: '',
      tags: [{ key: 'k', value: 'v' }],
      creationTime: 1,
      lastUpdateTime: 2,
    }
    const model: ImportedRegisteredModel = {
      name: randomUUID(),
      description: 'words',
      tags: [{ key: 'k', value: 'v' }],
      aliases: [{ alias: 'champion', version: 2 }],
      versions: [
        { version: 1, ...version },
        { version: 2, ...version, stage: 'None' },
      ],
      lastVersion: 7,
      creationTime: 1,
      lastUpdateTime: 2,
    }
    expect(await target().putRegisteredModel(model)).toBe('created')
    expect(await target().putRegisteredModel(model)).toBe('unchanged')
    expect(await target().findRegisteredModel(model.name)).toEqual(model)
    const moved = { ...model, aliases: [{ alias: 'champion', version: 1 }] }
    expect(await target().putRegisteredModel(moved)).toBe('updated')
    const registry = createRegistryStore(world.database)
    expect((await registry.getVersionByAlias(model.name, 'champion')).version).toBe(1)
    const next = await registry.createModelVersion({
      name: model.name,
      source: 's3://bucket/x',
      runId: '',
      runLink: '',
      description: '',
      tags: [],
    })
    expect(next.version).toBe(8)
  })

  test('keeps a logged model, deleted or not, with its points', async () => {
    const experimentId = await world.anExperiment()
    const model = {
      modelId: `m-${randomUUID().replaceAll('-', '')}`,
      experimentId,
      name: 'model',
      artifactUri: 'mlflow-artifacts:/m',
      status: 'READY' as const,
      modelType: 'classifier',
      params: [{ key: 'depth', value: '3' }],
      tags: [{ key: 't', value: '1' }],
      metrics: [{ key: 'acc', value: Number.NaN, timestamp: 5, step: 1, runId: 'r' }],
      lifecycleStage: 'deleted' as const,
      creationTime: 1,
      lastUpdateTime: 2,
    }
    expect(await target().putLoggedModel(model)).toBe('created')
    expect(await target().putLoggedModel(model)).toBe('unchanged')
    expect(await target().findLoggedModel(model.modelId)).toEqual(model)
  })
})
