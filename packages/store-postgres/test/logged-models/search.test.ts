import type { LoggedModelSearch, LoggedModelStatus } from '@tidemill/core'
import { beforeAll, describe, expect, test } from 'vitest'
import { createLoggedModelStore, type OpenDatabase } from '../../src/index.ts'
import { createEntityKeys } from '../../src/queries/entity-key.ts'
import { describeStores } from '../tracking/world.ts'

interface Point {
  readonly key: string
  readonly value: number
  readonly timestamp?: number
  readonly step?: number
  readonly dataset?: readonly [name: string, digest: string]
}

/** Straight into the table: what a run's log-batch writes is tested with the writing. */
const insertPoints = async ({ db }: OpenDatabase, modelId: string, points: readonly Point[]): Promise<void> => {
  const ids = await createEntityKeys(db).idsOf(points.map(({ key }) => key))
  const { id } = await db
    .selectFrom('logged_model')
    .select('id')
    .where('model_id', '=', modelId)
    .executeTakeFirstOrThrow()
  for (const { key, value, timestamp = 0, step = 0, dataset } of points) {
    await db
      .insertInto('logged_model_metric')
      .values({
        model_id: id,
        run_id: 'r',
        key_id: ids.get(key) ?? 0,
        step,
        timestamp,
        value,
        dataset_name: dataset?.[0] ?? null,
        dataset_digest: dataset?.[1] ?? null,
      })
      .execute()
  }
}

describeStores('the search of logged models', (world) => {
  let experimentId = ''
  let otherExperimentId = ''
  const ids = new Map<string, string>()
  const store = () => createLoggedModelStore(world.database)

  const add = async (
    name: string,
    creationTime: number,
    model: {
      readonly experimentId?: string
      readonly status?: LoggedModelStatus
      readonly modelType?: string
      readonly sourceRunId?: string
      readonly params?: Readonly<Record<string, string>>
      readonly tags?: Readonly<Record<string, string>>
      readonly points?: readonly Point[]
    } = {},
  ): Promise<void> => {
    const pairs = (record: Readonly<Record<string, string>> = {}) =>
      Object.entries(record).map(([key, value]) => ({ key, value }))
    const { modelId } = await store().createLoggedModel({
      experimentId,
      name,
      ...model,
      params: pairs(model.params),
      tags: pairs(model.tags),
    })
    ids.set(name, modelId)
    if (model.status !== undefined) await store().finalizeLoggedModel(modelId, model.status)
    await insertPoints(world.database, modelId, model.points ?? [])
    await world.database.db
      .updateTable('logged_model')
      .set({ creation_time: creationTime, last_update_time: 1000 - creationTime })
      .where('model_id', '=', modelId)
      .execute()
  }

  beforeAll(async () => {
    experimentId = await world.anExperiment()
    otherExperimentId = await world.anExperiment()
    await add('net', 1, {
      status: 'READY',
      modelType: 'cnn',
      sourceRunId: 'run1',
      params: { lr: '0.01', 'batch size': '32' },
      tags: { 'a.b': 'x' },
      points: [
        { key: 'acc', value: 0.1, timestamp: 1, dataset: ['d1', 'x'] },
        { key: 'acc', value: 0.9, timestamp: 2, dataset: ['d2', 'y'] },
        { key: 'loss', value: 3 },
      ],
    })
    await add('Net', 2, {
      status: 'UPLOAD_FAILED',
      params: { lr: '0.1' },
      tags: { 'a.b': 'X' },
      points: [
        { key: 'acc', value: 0.95, timestamp: 1, step: 1, dataset: ['d1', 'z'] },
        { key: 'acc', value: 0.5, timestamp: 1, step: 2 },
      ],
    })
    await add('nan', 3, { points: [{ key: 'acc', value: Number.NaN, dataset: ['d1', 'x'] }] })
    await add('bare', 4, { modelType: 'cnn' })
    await add('other', 5, { experimentId: otherExperimentId, sourceRunId: 'run1' })
    await add('gone', 6, { points: [{ key: 'acc', value: 2 }] })
    await store().deleteLoggedModel(ids.get('gone') ?? '')
  })

  const aSearch = (search: Partial<LoggedModelSearch>): LoggedModelSearch => ({
    experimentIds: [experimentId, otherExperimentId],
    filter: '',
    datasets: [],
    orderBy: [],
    maxResults: 50,
    ...search,
  })

  const searchPages = async (search: Partial<LoggedModelSearch>): Promise<string[][]> => {
    const pages: string[][] = []
    let pageToken = ''
    do {
      const page = await store().searchLoggedModels(aSearch({ ...search, pageToken }))
      pages.push(page.items.map(({ name }) => name))
      pageToken = page.nextPageToken ?? ''
    } while (pageToken !== '')
    return pages
  }

  test.each<[string, string[]]>([
    ['', ['other', 'bare', 'nan', 'Net', 'net']],
    ["name = 'net'", ['net']],
    ['name = net', ['net']],
    ['attributes.name ILIKE "N_t"', ['Net', 'net']],
    ["name LIKE 'n%' AND name != 'net'", ['nan']],
    ["name IN ('net', 'bare', 'gone')", ['bare', 'net']],
    ["name NOT IN ('net', 'bare')", ['other', 'nan', 'Net']],
    ['name IN ()', []],
    ["lifecycle_stage = 'deleted'", []],
    ["source_run_id = 'run1'", ['other', 'net']],
    ["model_type = 'cnn'", ['bare', 'net']],
    ["model_type != 'cnn'", ['other', 'nan', 'Net']],
    ["status = 'READY'", ['net']],
    ['status = 1', ['other', 'bare', 'nan']],
    ["status IN ('LOGGED_MODEL_READY', 'FAILED')", ['Net', 'net']],
    ['creation_timestamp >= 2 AND last_updated_time > 996.5', ['nan', 'Net']],
    ['params.lr = 0.01', ['net']],
    ["params.lr LIKE '0.%'", ['Net', 'net']],
    ["params.`batch size` IN ('32', '64')", ['net']],
    ["params.lr != '0.01'", ['Net']],
    ["tags.a.b ILIKE 'x'", ['Net', 'net']],
    ["tags.none NOT IN ('x')", []],
    // Any point of the metric counts; NaN counts as 0.
    ['metrics.acc > 0.9', ['Net']],
    ['metrics.acc < 0.2', ['nan', 'net']],
    ['metrics.acc = 0', ['nan']],
    ['metrics.acc > 0.05 AND metrics.loss = 3', ['net']],
    ['metrics.none > 0', []],
  ])('%j finds %j, newest first', async (filter, names) => {
    expect(await searchPages({ filter })).toEqual([names])
  })

  test('finds by the id, the place and the experiment', async () => {
    const modelId = ids.get('net') ?? ''
    expect(await searchPages({ filter: `model_id IN ('${modelId}', 'm-x')` })).toEqual([['net']])
    expect(await searchPages({ filter: `artifact_location LIKE '%${modelId}%'` })).toEqual([['net']])
    expect(await searchPages({ filter: `experiment_id = ${otherExperimentId}` })).toEqual([['other']])
  })

  test.each<[string, LoggedModelSearch['datasets'], string[]]>([
    ['', [{ name: 'd1' }], ['nan', 'Net', 'net']],
    ['', [{ name: 'd1', digest: 'x' }], ['nan', 'net']],
    ['', [{ name: 'none' }, { name: 'd2' }], ['net']],
    ['metrics.acc > 0.5', [{ name: 'd1' }], ['Net']],
    ['metrics.acc > 0.5', [{ name: 'd1' }, { name: 'd2', digest: 'y' }], ['Net', 'net']],
    ["metrics.loss = 3 AND name = 'net'", [{ name: 'd1' }], []],
    ["name = 'net'", [{ name: 'd1' }], ['net']],
    ["name = 'bare'", [{ name: 'd1' }], []],
  ])('%j on datasets %j finds %j', async (filter, datasets, names) => {
    expect(await searchPages({ filter, datasets })).toEqual([names])
  })

  describe.each([1, 2, 3, 50])('in pages of %i', (maxResults) => {
    test.each<[LoggedModelSearch['orderBy'], string[]]>([
      [[], ['other', 'bare', 'nan', 'Net', 'net']],
      [[{ fieldName: 'creation_timestamp', ascending: true }], ['net', 'Net', 'nan', 'bare', 'other']],
      [[{ fieldName: 'last_updated_timestamp', ascending: true }], ['other', 'bare', 'nan', 'Net', 'net']],
      [[{ fieldName: 'name', ascending: true }], ['Net', 'bare', 'nan', 'net', 'other']],
      [[{ fieldName: 'status', ascending: false }], ['Net', 'net', 'other', 'bare', 'nan']],
      [
        [
          { fieldName: 'source_run_id', ascending: false },
          { fieldName: 'model_type', ascending: true },
        ],
        ['other', 'net', 'nan', 'Net', 'bare'],
      ],
      [[{ fieldName: 'experiment_id', ascending: false }], ['other', 'bare', 'nan', 'Net', 'net']],
      // Numbers, NaN, models without the metric: in both directions. The latest point counts.
      [[{ fieldName: 'metrics.acc', ascending: true }], ['Net', 'net', 'nan', 'other', 'bare']],
      [[{ fieldName: 'metrics.acc', ascending: false }], ['net', 'Net', 'nan', 'other', 'bare']],
      [
        [{ fieldName: 'metrics.acc', ascending: true, dataset: { name: 'd1' } }],
        ['net', 'Net', 'nan', 'other', 'bare'],
      ],
      [
        [{ fieldName: 'metrics.acc', ascending: true, dataset: { name: 'd1', digest: 'z' } }],
        ['Net', 'other', 'bare', 'nan', 'net'],
      ],
      [
        [{ fieldName: 'metrics.acc', ascending: true, dataset: { digest: 'z' } }],
        ['Net', 'other', 'bare', 'nan', 'net'],
      ],
    ])('order_by %j gives %j', async (orderBy, names) => {
      const pages = await searchPages({ orderBy, maxResults })
      expect(pages.flat()).toEqual(names)
      expect(pages).toHaveLength(Math.ceil(names.length / maxResults))
    })
  })

  test('models of one time page without loss, by id', async () => {
    const each = await world.anExperiment()
    const made: string[] = []
    for (let index = 0; index < 5; index++) {
      made.push((await store().createLoggedModel({ experimentId: each, params: [], tags: [] })).modelId)
    }
    await world.database.db
      .updateTable('logged_model')
      .set({ creation_time: 7 })
      .where('experiment_id', '=', Number(each))
      .execute()
    const found: string[] = []
    let pageToken = ''
    do {
      const page = await store().searchLoggedModels(aSearch({ experimentIds: [each], maxResults: 2, pageToken }))
      found.push(...page.items.map(({ modelId }) => modelId))
      pageToken = page.nextPageToken ?? ''
    } while (pageToken !== '')
    expect(found).toEqual(made.toSorted())
  })

  test('a found model has all its data', async () => {
    const { items } = await store().searchLoggedModels(aSearch({ filter: "name = 'net'" }))
    expect(items).toEqual([await store().getLoggedModel(ids.get('net') ?? '')])
    expect(items[0]?.metrics).toHaveLength(3)
  })

  test('experiments that do not exist have no models, and what is no number is refused', async () => {
    expect(await searchPages({ experimentIds: ['2147483647', '99999999999999', '-1'] })).toEqual([[]])
    expect(await searchPages({ experimentIds: [] })).toEqual([[]])
    await expect(searchPages({ experimentIds: ['x'] })).rejects.toThrow(
      "Invalid experiment ID 'x'. Experiment ID must be a valid integer.",
    )
  })

  test.each<[Partial<LoggedModelSearch>, string]>([
    [{ experimentIds: ['1'] }, 'Experiment IDs in the page token do not match the requested experiment IDs.'],
    [{ filter: "name != 'x'" }, 'Filter string in the page token does not match the requested filter string.'],
    [
      { orderBy: [{ fieldName: 'name', ascending: true }] },
      'Order by in the page token does not match the requested order by.',
    ],
    [{ pageToken: '!!!' }, 'Invalid page token, could not base64-decode'],
    [{ pageToken: 'e30' }, 'Invalid page token, decoded value={}'],
  ])('a page token serves its own search only: %j', async (over, message) => {
    const { nextPageToken = '' } = await store().searchLoggedModels(aSearch({ maxResults: 1 }))
    await expect(
      store().searchLoggedModels(aSearch({ maxResults: 1, pageToken: nextPageToken, ...over })),
    ).rejects.toThrow(message)
  })
})
