import type { RegistrySearch } from '@tidemill/core'
import { beforeAll, expect, test } from 'vitest'
import { aSearch, describeRegistries } from './world.ts'

const PROMPT = { key: 'mlflow.prompt.is_prompt', value: 'true' }
const IS_PROMPT = 'tags.`mlflow.prompt.is_prompt`'

describeRegistries('a search of the registry', (world) => {
  beforeAll(async () => {
    const { registry, database } = world
    await world.aModel({ name: 'b', tags: [{ key: 'team', value: 'red' }] })
    await world.aModel({ name: 'A', tags: [{ key: 'team', value: 'Blue' }] })
    await world.aModel({ name: 'a%_\\', tags: [{ key: 'long', value: 'x'.repeat(300) }] })
    await world.aModel({ name: 'no prompt', tags: [{ ...PROMPT, value: 'false' }] })
    await world.aModel({ name: 'prompt', tags: [PROMPT] })
    await world.aVersion('b', { runId: 'r1', tags: [{ key: 'k', value: 'v1' }] })
    await world.aVersion('b', { runId: 'r2', source: 's3://other/x', tags: [{ key: 'k', value: 'v2' }] })
    await world.aVersion('b', { runId: 'r3' })
    await world.aVersion('A', { runId: 'r1' })
    await world.aVersion('A')
    await world.aVersion('prompt', { source: 'dummy-source', tags: [PROMPT] })
    await world.aVersion('prompt')
    await registry.deleteModelVersion('b', 3)
    const models = ['b', 'A', 'a%_\\', 'no prompt', 'prompt']
    for (const [index, name] of models.entries()) {
      await database.db
        .updateTable('registered_model')
        .set({ creation_time: 10 + index, last_update_time: 30 - index })
        .where('name', '=', name)
        .execute()
    }
    const rows = await database.db.selectFrom('model_version').select('id').orderBy('id').execute()
    for (const [index, { id }] of rows.entries()) {
      await database.db
        .updateTable('model_version')
        .set({ creation_time: 100 - index, last_update_time: 200 + (index % 2) })
        .where('id', '=', id)
        .execute()
    }
  })

  const models = async (search: Partial<RegistrySearch>): Promise<string[]> => {
    const names: string[] = []
    let pageToken = ''
    do {
      const page = await world.registry.searchRegisteredModels(aSearch({ ...search, pageToken }))
      names.push(...page.items.map(({ name }) => name))
      pageToken = page.nextPageToken ?? ''
    } while (pageToken !== '')
    return names
  }
  const versions = async (search: Partial<RegistrySearch>): Promise<string[]> => {
    const found: string[] = []
    let pageToken = ''
    do {
      const page = await world.registry.searchModelVersions(aSearch({ ...search, pageToken }))
      found.push(...page.items.map(({ name, version }) => `${name} ${version}`))
      pageToken = page.nextPageToken ?? ''
    } while (pageToken !== '')
    return found
  }

  test.each([
    ['', ['A', 'a%_\\', 'b', 'no prompt']],
    ["name = 'b'", ['b']],
    ["attribute.name != 'b'", ['A', 'a%_\\', 'no prompt']],
    ["name LIKE 'a%'", ['a%_\\']],
    ["name ilike 'a%'", ['A', 'a%_\\']],
    ["name IN ('b', 'A', 'prompt')", ['A', 'b']],
    ["name NOT IN ('b')", ['A', 'a%_\\', 'no prompt']],
    ["tags.team = 'red'", ['b']],
    ["tag.team != 'red'", ['A']],
    ["tags.team ILIKE 'b%'", ['A']],
    [`tags.long = '${'x'.repeat(300)}'`, ['a%_\\']],
    [`tags.long = '${'x'.repeat(299)}'`, []],
    ["tags.none != 'x'", []],
    ["name = 'b' AND tags.team = 'Blue'", []],
    [`${IS_PROMPT} = 'true'`, ['prompt']],
    [`${IS_PROMPT} != 'false'`, ['prompt']],
    [`${IS_PROMPT} != 'true'`, ['A', 'a%_\\', 'b', 'no prompt']],
    [`${IS_PROMPT} = 'false'`, ['A', 'a%_\\', 'b', 'no prompt']],
    [`${IS_PROMPT} LIKE 't%'`, ['A', 'a%_\\', 'b', 'no prompt']],
    [`name ILIKE 'B' AND ${IS_PROMPT} != 'true'`, ['b']],
    [`${IS_PROMPT} != 'true' AND ${IS_PROMPT} = 'true'`, ['A', 'a%_\\', 'b', 'no prompt']],
  ])('for models with %j finds %j', async (filter, names) => {
    expect(await models({ filter })).toEqual(names)
  })

  test.each<[string[], string[]]>([
    [['name DESC'], ['no prompt', 'b', 'a%_\\', 'A']],
    [['timestamp'], ['no prompt', 'a%_\\', 'A', 'b']],
    [['last_updated_timestamp DESC'], ['b', 'A', 'a%_\\', 'no prompt']],
    [['creation_timestamp ASC'], ['b', 'A', 'a%_\\', 'no prompt']],
  ])('for models by %j gives %j, in pages of every size', async (orderBy, names) => {
    for (const maxResults of [1, 2, 3, 4]) expect(await models({ orderBy, maxResults })).toEqual(names)
  })

  test('for models brings what belongs to each', async () => {
    await world.registry.setAlias('b', 'champion', 1)
    const { items } = await world.registry.searchRegisteredModels(aSearch({ filter: "name = 'b'" }))
    expect(items).toEqual([await world.registry.getRegisteredModel('b')])
    expect(items[0]).toMatchObject({ latestVersions: [{ version: 2 }], aliases: [{ alias: 'champion', version: 1 }] })
    await world.registry.deleteAlias('b', 'champion')
  })

  test.each([
    ['', ['A 1', 'b 2', 'A 2', 'b 1']],
    ["name = 'b'", ['b 2', 'b 1']],
    ["name LIKE '%' AND version_number > 1", ['b 2', 'A 2']],
    ["version_number >= '2'", ['b 2', 'A 2']],
    ['version_number != 1', ['b 2', 'A 2']],
    ["run_id = 'r1'", ['A 1', 'b 1']],
    ["run_id != 'r1'", ['b 2', 'A 2']],
    ["run_id IN ('r1', 'r2')", ['A 1', 'b 2', 'b 1']],
    ["run_id NOT IN ('r1', '')", ['b 2']],
    ["source_path LIKE 's3://other/%'", ['b 2']],
    ["tags.k != 'v1'", ['b 2']],
    ["tag.k = 'v1'", ['b 1']],
    [`${IS_PROMPT} = 'true'`, ['prompt 1']],
    ["name = 'prompt'", []],
  ])('for versions with %j finds %j', async (filter, found) => {
    expect(await versions({ filter })).toEqual(found)
  })

  test.each<[string[], string[]]>([
    [['name'], ['A 2', 'A 1', 'b 2', 'b 1']],
    [
      ['version_number', 'name DESC'],
      ['b 1', 'A 1', 'b 2', 'A 2'],
    ],
    [['creation_timestamp'], ['A 2', 'A 1', 'b 2', 'b 1']],
    [['last_updated_timestamp'], ['A 2', 'b 1', 'A 1', 'b 2']],
  ])('for versions by %j gives %j, in pages of every size', async (orderBy, found) => {
    for (const maxResults of [1, 2, 3, 4]) expect(await versions({ orderBy, maxResults })).toEqual(found)
  })

  test('refuses the page token of another order', async () => {
    const { nextPageToken = '' } = await world.registry.searchModelVersions(aSearch({ maxResults: 1 }))
    await expect(
      world.registry.searchModelVersions(aSearch({ orderBy: ['name'], pageToken: nextPageToken })),
    ).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
  })
})
