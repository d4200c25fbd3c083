import { type DatasetInput, toRunWire } from '@tidemill/core'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { settleRuns } from '../../src/settling/settle-runs.ts'
import { aBatch, aMetric, aSearch, describeStores, searchNames } from './world.ts'

const aDatasetInput = (digest: string, context?: string): DatasetInput => ({
  dataset: { name: 'd', digest, sourceType: 'local', source: '{}' },
  tags: context === undefined ? [] : [{ key: 'mlflow.data.context', value: context }],
})

describeStores('the search of runs', (world) => {
  describe('filters', () => {
    let experimentId = ''
    const runIds = new Map<string, string>()

    beforeAll(async () => {
      const { store } = world
      experimentId = await world.anExperiment()
      const create = async (runName: string, startTime: number, batch = aBatch({})): Promise<void> => {
        const runId = await world.aRun({ experimentId, runName, startTime, userId: runName === 'low' ? 'ann' : '' })
        runIds.set(runName, runId)
        await store.logBatch(runId, batch)
      }
      await create('bare', 10)
      await create(
        'low',
        20,
        aBatch({
          metrics: [aMetric('loss', 9, 0), aMetric('loss', 0.5, 1), aMetric('a b', 1)],
          params: [
            { key: 'lr', value: '0.1' },
            { key: 'path', value: 'a_b%c\\' },
            { key: 'long', value: `${'x'.repeat(250)}1` },
          ],
          tags: [{ key: 'Team', value: 'Blue' }],
        }),
      )
      await create(
        'high',
        30,
        aBatch({
          metrics: [aMetric('loss', 2, 5)],
          params: [
            { key: 'lr', value: '0.10' },
            { key: 'path', value: 'axbxc' },
            { key: 'long', value: `${'x'.repeat(250)}2` },
          ],
          tags: [{ key: 'Team', value: 'blue' }],
        }),
      )
      await create('nan', 40, aBatch({ metrics: [aMetric('loss', Number.NaN)], params: [{ key: 'lr', value: '' }] }))
      await store.updateRun(runIds.get('high') ?? '', { status: 'FINISHED', endTime: 35 })
      await store.logInputs(runIds.get('low') ?? '', { datasets: [aDatasetInput('1', 'train')], modelIds: ['m-1'] })
      await store.logInputs(runIds.get('high') ?? '', {
        datasets: [aDatasetInput('1'), aDatasetInput('2', 'eval')],
        modelIds: [],
      })
      await store.logOutputs(runIds.get('high') ?? '', [{ modelId: 'm-2', step: 3 }])
      await create('deleted', 50, aBatch({ metrics: [aMetric('loss', 0.5)] }))
      await store.deleteRun(runIds.get('deleted') ?? '')
    })

    test.each([
      ['', ['nan', 'high', 'low', 'bare']],
      ['metrics.loss < 1', ['nan', 'low']],
      ['metrics.loss = 0', ['nan']],
      ['metrics.loss != 0', ['high', 'low']],
      ['metrics.loss > 1', ['high']],
      ['metrics.loss > -1', ['nan', 'high', 'low']],
      ['metrics.loss >= 2e0', ['high']],
      ['metrics.loss <= -0.5', []],
      ['metrics.loss = 9', []],
      ['metrics.`a b` = 1', ['low']],
      ['metrics.never = 0', []],
      ["params.lr = '0.1'", ['low']],
      ['params.lr IS NULL', ['bare']],
      ['params.lr IS NOT NULL', ['nan', 'high', 'low']],
      ['params.never IS NULL', ['nan', 'high', 'low', 'bare']],
      ["params.lr != '0.1'", ['nan', 'high']],
      ["params.lr = ''", ['nan']],
      ["params.lr LIKE '0.1%'", ['high', 'low']],
      ["params.lr LIKE '.1'", []],
      ["params.path LIKE 'a_b%'", ['high', 'low']],
      ["params.path LIKE '%\\'", ['low']],
      ["params.path LIKE 'a\\_b%'", []],
      [`params.long = '${'x'.repeat(250)}2'`, ['high']],
      [`params.long != '${'x'.repeat(250)}2'`, ['low']],
      ["tags.Team = 'blue'", ['high']],
      ["tags.Team ILIKE 'B%'", ['high', 'low']],
      ["tags.team = 'blue'", []],
      ["tags.never != 'x'", []],
      ['tags."mlflow.runName" = \'low\'', ['low']],
      ["run_name = 'low'", ['low']],
      ["attributes.`Run name` LIKE '%a%'", ['nan', 'bare']],
      ["status = 'FINISHED'", ['high']],
      ["attr.status != 'FINISHED'", ['nan', 'low', 'bare']],
      ["user_id = 'ann'", ['low']],
      ["artifact_uri LIKE 's3://root/x/%/artifacts?q=1'", ['nan', 'high', 'low', 'bare']],
      ['start_time >= 20 AND start_time < 40', ['high', 'low']],
      ['start_time > 19.5 AND run.created <= 20.5', ['low']],
      ['start_time < 1e400', ['nan', 'high', 'low', 'bare']],
      ['end_time > 0', ['high']],
      ['end_time != 35', []],
      ["metrics.loss < 1 and params.lr = '0.1' and tags.Team = 'Blue' and status = 'RUNNING'", ['low']],
      ['metrics.loss > 0.4 AND metrics.loss < 0.6', ['low']],
      ["params.path LIKE 'a\\_b'", []],
      [`params.long LIKE '${'x'.repeat(250)}%'`, ['high', 'low']],
      [`params.long LIKE '${'x'.repeat(250)}2%'`, ['high']],
      ["params.lr LIKE '0.1_'", ['high']],
      ["datasets.name = 'd'", ['high', 'low']],
      ["dataset.name LIKE 'D'", []],
      ["dataset.name ILIKE 'D'", ['high', 'low']],
      ["dataset.digest = '2'", ['high']],
      ["dataset.digest IN ('2', '3')", ['high']],
      ["dataset.digest NOT IN ('2', '3')", ['high', 'low']],
      ["dataset.context = 'train'", ['low']],
      ["dataset.context != 'train'", ['high']],
      ["dataset.context = 'eval' and dataset.digest = '1'", ['high']],
    ])('%s finds %j', async (filter, names) => {
      expect(await searchNames(world.store, aSearch(experimentId, { filter }))).toEqual([names])
    })

    test('a list of run ids chooses or leaves out', async () => {
      const list = `('${runIds.get('low')}', "${runIds.get('bare')}", '${'A'.repeat(32)}')`
      const search = (filter: string) => searchNames(world.store, aSearch(experimentId, { filter }))
      expect(await search(`run_id IN ${list}`)).toEqual([['low', 'bare']])
      expect(await search(`attributes.run_id NOT IN ${list}`)).toEqual([['nan', 'high']])
    })

    test('view types choose the lifecycle', async () => {
      const search = (viewType: 'ALL' | 'DELETED_ONLY') =>
        searchNames(world.store, aSearch(experimentId, { viewType, filter: 'metrics.loss = 0.5' }))
      expect(await search('DELETED_ONLY')).toEqual([['deleted']])
      expect(await search('ALL')).toEqual([['deleted', 'low']])
    })

    test('a value is never SQL', async () => {
      const filter = `tags.Team = "x'; drop table run_tag; --"`
      expect(await searchNames(world.store, aSearch(experimentId, { filter }))).toEqual([[]])
      expect(await searchNames(world.store, aSearch(experimentId, { filter: "tags.`x'); --` = 'a'" }))).toEqual([[]])
    })

    test('a found run is whole', async () => {
      const { items } = await world.store.searchRuns(aSearch(experimentId))
      expect(items).toEqual(
        await Promise.all(['nan', 'high', 'low', 'bare'].map((name) => world.store.getRun(runIds.get(name) ?? ''))),
      )
    })

    test('a run is the same as an entity and as text, before and after it is settled', async () => {
      const read = async () => {
        const { items } = await world.store.searchRuns(aSearch(experimentId))
        const texts = items.map((run) => JSON.stringify(toRunWire(run)))
        expect((await world.store.searchRunsJson(aSearch(experimentId))).items).toEqual(texts)
        expect(await Promise.all(items.map(({ info }) => world.store.getRunJson(info.runId)))).toEqual(texts)
        return items
      }
      const before = await read()
      const { db } = world.database
      const keys = await sql<{
        id: number
      }>`select id from run where run_id = any(${[...runIds.values()]}::text[])`.execute(db)
      await settleRuns(
        db,
        keys.rows.map(({ id }) => id),
      )
      expect(await read()).toEqual(before)
      expect(before[1]).toMatchObject({
        inputs: { datasets: [{ dataset: { digest: '1' } }, { dataset: { digest: '2' } }], modelIds: [] },
        modelOutputs: [{ modelId: 'm-2', step: 3 }],
      })
    })

    test.each([
      [{ filter: 'metrics.loss > 1 OR metrics.loss < 1' }, "Invalid clause(s) in filter string: 'OR'"],
      [{ orderBy: ['foo.a'] }, "Invalid entity type 'foo'."],
      [{ pageToken: '%' }, 'Invalid page token, could not base64-decode'],
      [
        { pageToken: Buffer.from('{"offset": 2}').toString('base64url') },
        'Invalid page token, decoded value={"offset": 2}',
      ],
      [{ experimentIds: ['invalid_id'] }, "Invalid experiment ID 'invalid_id'. Experiment ID must be a valid integer."],
    ])('%j is refused', async (search, message) => {
      await expect(world.store.searchRuns(aSearch(experimentId, search))).rejects.toMatchObject({
        code: 'INVALID_PARAMETER_VALUE',
        message: expect.stringContaining(message),
      })
    })

    test('experiments that do not exist contribute nothing, and one named twice no more', async () => {
      const experimentIds = [experimentId, '99999999999999', '2147483647', '-1', experimentId]
      expect(await searchNames(world.store, aSearch(experimentId, { experimentIds }))).toEqual([
        ['nan', 'high', 'low', 'bare'],
      ])
      expect(await searchNames(world.store, aSearch(experimentId, { experimentIds: [] }))).toEqual([[]])
    })
  })

  describe('order_by', () => {
    let experimentId = ''

    beforeAll(async () => {
      experimentId = await world.anExperiment()
      const values: [string, number, number | undefined, string | undefined][] = [
        ['c', 1, 2, 'b'],
        ['a', 1, Number.NaN, 'B'],
        ['e', 3, undefined, undefined],
        ['b', 2, -1, 'ä'],
        ['d', 2, 2, ''],
        ['f', 3, Number.NaN, undefined],
        ['g', 0, undefined, 'a'],
      ]
      for (const [runName, startTime, loss, text] of values) {
        const runId = await world.aRun({ experimentId, runName, startTime })
        await world.store.logBatch(
          runId,
          aBatch({
            metrics: loss === undefined ? [] : [aMetric('loss', loss)],
            params: text === undefined ? [] : [{ key: 'p', value: text }],
            tags: text === undefined ? [] : [{ key: 'p', value: text }],
          }),
        )
        if (loss !== undefined) await world.store.updateRun(runId, { endTime: startTime * 10 })
      }
    })

    test.each<[string[], string]>([
      // Numbers, NaN, missing: in both directions. Ties by start_time DESC.
      [['metrics.loss ASC'], 'bdcfaeg'],
      [['metrics.loss DESC'], 'dcbfaeg'],
      [['params.p'], 'dagcb'],
      [['params.p DESC'], 'bcgad'],
      [['tags.p desc'], 'bcgad'],
      [['run_name DESC'], 'gfedcba'],
      [['end_time', 'run_name'], 'acbdfeg'],
      [['end_time DESC', 'run_name'], 'fbdaceg'],
      [['start_time', 'run_name'], 'gacbdef'],
      [['Created DESC', 'attribute.run_name DESC'], 'fedbcag'],
      [['metrics.never', 'metrics.loss DESC', 'run_name'], 'cdbafeg'],
      [['status', 'params.p', 'run_name'], 'dagcbef'],
      [['metrics.loss', 'params.p DESC'], 'bcdaf'],
      [['params.p', 'metrics.loss DESC'], 'dagcb'],
    ])('%j gives %s, in pages of every size', async (orderBy, expected) => {
      for (const maxResults of [1, 2, 3, 6, 7, 8]) {
        const pages = await searchNames(world.store, aSearch(experimentId, { orderBy, maxResults }))
        // Runs without the param tie at the end, by start time and then by an id that is drawn.
        expect(pages.flat().slice(0, expected.length).join('')).toBe(expected)
        expect(new Set(pages.flat()).size).toBe(7)
        expect(pages.map((page) => page.length)).toEqual(pageSizes(7, maxResults))
      }
    })

    const pageSizes = (total: number, size: number): number[] =>
      Array.from({ length: Math.ceil(total / size) }, (_, index) => Math.min(size, total - index * size))

    test.each([
      ['metrics.loss > 0', ['metrics.loss'], 'dc'],
      ['metrics.loss >= 0', ['metrics.loss DESC'], 'dcfa'],
      ['metrics.loss < 2', ['metrics.loss'], 'bfa'],
      ["params.p LIKE 'b%'", ['metrics.loss'], 'c'],
      ["metrics.loss = 2 and params.p != 'b'", ['metrics.loss'], 'd'],
    ])('the filter %s holds in every part of the order %j', async (filter, orderBy, expected) => {
      for (const maxResults of [1, 2, 10]) {
        const pages = await searchNames(world.store, aSearch(experimentId, { filter, orderBy, maxResults }))
        expect(pages.flat().join('')).toBe(expected)
      }
    })

    test('a token is good only for the order that it was made for', async () => {
      const { nextPageToken = '' } = await world.store.searchRuns(
        aSearch(experimentId, { orderBy: ['metrics.loss'], maxResults: 2 }),
      )
      const other = aSearch(experimentId, { orderBy: ['metrics.loss DESC'], maxResults: 2, pageToken: nextPageToken })
      await expect(world.store.searchRuns(other)).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
    })

    test('a run that comes between two pages shifts nothing', async () => {
      const first = await world.store.searchRuns(aSearch(experimentId, { orderBy: ['run_name'], maxResults: 3 }))
      const late = await world.aRun({ experimentId, runName: 'aa' })
      const next = await world.store.searchRuns(
        aSearch(experimentId, { orderBy: ['run_name'], maxResults: 3, pageToken: first.nextPageToken ?? '' }),
      )
      await world.store.deleteRun(late)
      expect(next.items.map(({ info }) => info.runName)).toEqual(['d', 'e', 'f'])
    })
  })

  test('ten runs of one start time page by run id', async () => {
    const experimentId = await world.anExperiment()
    const ids: string[] = []
    for (let index = 0; index < 10; index++) ids.push(await world.aRun({ experimentId, runName: 'r', startTime: 7 }))
    const found: string[][] = []
    let pageToken: string | undefined = ''
    while (pageToken !== undefined) {
      const page = await world.store.searchRuns(aSearch(experimentId, { maxResults: 4, pageToken }))
      found.push(page.items.map(({ info }) => info.runId))
      pageToken = page.nextPageToken
    }
    expect(found.map((page) => page.length)).toEqual([4, 4, 2])
    expect(found.flat()).toEqual(ids.toSorted())
  })

  test('several experiments are searched as one', async () => {
    const [first, second] = [await world.anExperiment(), await world.anExperiment()]
    await world.aRun({ experimentId: first, runName: 'old', startTime: 1 })
    await world.aRun({ experimentId: second, runName: 'new', startTime: 2 })
    await world.aRun({ experimentId: first, runName: 'newest', startTime: 3 })
    const search = aSearch(first, { experimentIds: [first, second], maxResults: 2 })
    expect(await searchNames(world.store, search)).toEqual([['newest', 'new'], ['old']])
    await world.store.deleteRun((await world.store.searchRuns(search)).items[0]?.info.runId ?? '')
    expect(await searchNames(world.store, { ...search, viewType: 'ALL', maxResults: 1 })).toEqual([
      ['newest'],
      ['new'],
      ['old'],
    ])
    const byName = { ...search, viewType: 'ALL' as const, orderBy: ['tags.`mlflow.runName` DESC'] }
    expect(await searchNames(world.store, byName)).toEqual([['old', 'newest'], ['new']])
  })
})
