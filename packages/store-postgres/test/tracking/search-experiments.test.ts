import { randomUUID } from 'node:crypto'
import type { ExperimentSearch, ViewType } from '@tidemill/core'
import { beforeAll, expect, test } from 'vitest'
import { describeStores } from './world.ts'

describeStores('the search of experiments', (world) => {
  const ids = new Map<string, string>()

  // Annex A-14 of spec/rest-api.md, with names that no other test makes.
  beforeAll(async () => {
    const { store } = world
    const create = async (name: string, tags: Record<string, string> = {}): Promise<void> => {
      const id = await store.createExperiment({
        name,
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      })
      ids.set(name, id)
      // Ids grow, times need not: each gets a time of its own.
      await world.database.db
        .updateTable('experiment')
        .set({ creation_time: 1000 + ids.size, last_update_time: 2000 - ids.size })
        .where('experiment_id', '=', Number(id))
        .execute()
    }
    await create('a', { key: 'value' })
    await create('ab', { key: 'vaLue' })
    await create('Abc')
    await create('gone%_\\', { other: 'x' })
    await store.deleteExperiment(ids.get('gone%_\\') ?? '')
    await world.database.db.updateTable('experiment').set({ creation_time: 1 }).where('experiment_id', '=', 0).execute()
  })

  const search = async (over: Partial<ExperimentSearch & { viewType: ViewType }>): Promise<string[][]> => {
    const pages: string[][] = []
    let pageToken = ''
    do {
      const page = await world.store.searchExperiments({
        filter: '',
        orderBy: [],
        maxResults: 100,
        viewType: 'ACTIVE_ONLY',
        ...over,
        pageToken,
      })
      pages.push(page.items.map(({ name }) => name))
      pageToken = page.nextPageToken ?? ''
    } while (pageToken !== '')
    return pages
  }

  test.each([
    ['', ['Abc', 'ab', 'a', 'Default']],
    ["attribute.name != 'a'", ['Abc', 'ab', 'Default']],
    ["name LIKE 'a%'", ['ab', 'a']],
    ["name ilike 'a%'", ['Abc', 'ab', 'a']],
    ["name LIKE 'a'", ['a']],
    ["name LIKE '_b%'", ['Abc', 'ab']],
    ["tag.key = 'value'", ['a']],
    ["tag.key != 'value'", ['ab']],
    ["tag.key ILIKE '%alu%'", ['ab', 'a']],
    ["tag.key LIKE '%alu%'", ['a']],
    ["tags.none != 'x'", []],
    ['tags.key IS NULL', ['Abc', 'Default']],
    ['tags.key IS NOT NULL', ['ab', 'a']],
    ["name IN ('a', 'Abc')", ['Abc', 'a']],
    ["experiment_id NOT IN ('0')", ['Abc', 'ab', 'a']],
    ['creation_time >= 1002', ['Abc', 'ab']],
    ['creation_time > 1001.5 AND last_update_time < 1e300', ['Abc', 'ab']],
    ["name = 'A' AND name = 'a'", []],
  ])('%j finds %j, newest first', async (filter, names) => {
    expect(await search({ filter })).toEqual([names])
  })

  test.each([
    ["name LIKE 'gone%'", ['gone%_\\']],
    // No escape character: a backslash is a backslash.
    ["name LIKE '%\\'", ['gone%_\\']],
    ["name LIKE 'gone\\%%'", []],
  ])('the pattern of %s has no escape character', async (filter, names) => {
    expect(await search({ filter, viewType: 'DELETED_ONLY' })).toEqual([names])
  })

  test.each<[string[], string[]]>([
    [['name'], ['Abc', 'Default', 'a', 'ab']],
    [['name DESC'], ['ab', 'a', 'Default', 'Abc']],
    [['experiment_id'], ['Default', 'a', 'ab', 'Abc']],
    [['attribute.experiment_id DESC'], ['Abc', 'ab', 'a', 'Default']],
    [['creation_time'], ['Default', 'a', 'ab', 'Abc']],
  ])('order_by %j gives %j, in pages of every size', async (orderBy, names) => {
    for (const maxResults of [1, 2, 3, 4]) {
      const pages = await search({ orderBy, maxResults })
      expect(pages.flat()).toEqual(names)
      expect(pages).toHaveLength(Math.ceil(names.length / maxResults))
    }
  })

  test('view types choose the lifecycle', async () => {
    expect(await search({ viewType: 'ALL' })).toEqual([['gone%_\\', 'Abc', 'ab', 'a', 'Default']])
    expect(await search({ viewType: 'DELETED_ONLY' })).toEqual([['gone%_\\']])
  })

  test('experiments of one time page without loss, the newest id last', async () => {
    const tag = randomUUID()
    const made: string[] = []
    for (let index = 0; index < 5; index++) {
      made.push(await world.store.createExperiment({ name: randomUUID(), tags: [{ key: 'group', value: tag }] }))
    }
    await world.database.db
      .updateTable('experiment')
      .set({ creation_time: 500 })
      .where(
        'experiment_id',
        'in',
        made.map((id) => Number(id)),
      )
      .execute()
    const names = (await search({ filter: `tags.group = '${tag}'`, maxResults: 2 })).flat()
    const found = await Promise.all(names.map((name) => world.store.findExperimentByName(name)))
    expect(found.map((experiment) => experiment?.experimentId)).toEqual(made)
    await Promise.all(made.map((id) => world.store.deleteExperiment(id)))
    await world.database.db.deleteFrom('experiment').where('creation_time', '=', 500).execute()
  })
})
