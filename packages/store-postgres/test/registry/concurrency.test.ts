import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { describeRegistries } from './world.ts'

const EXPECTED_REFUSALS: ReadonlySet<unknown> = new Set(['RESOURCE_DOES_NOT_EXIST', 'RESOURCE_ALREADY_EXISTS'])

const refusalCodes = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))

describeRegistries('concurrent writers of one model', (world) => {
  test('get the numbers from 1 on without gaps or doubles', async () => {
    const name = await world.aModel()
    const numbers = await Promise.all(Array.from({ length: 60 }, () => world.aVersion(name)))
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
  })

  test('that make it at the same time make one', async () => {
    const name = randomUUID()
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => world.aModel({ name })))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(new Set(refusalCodes(results))).toEqual(new Set(['RESOURCE_ALREADY_EXISTS']))
  })

  // Whatever the order, no alias is left on a deleted version and nobody sees anything but a refusal of MLflow.
  test.each([1, 2, 3])('leave it whole after any interleaving, round %i', async (seed) => {
    const { registry, database } = world
    const random = aRandom(seed)
    const names = [`${randomUUID()} x`, `${randomUUID()} y`]
    const [first = '', second = ''] = names
    await world.aModel({ name: first })
    for (let version = 0; version < 4; version++) await world.aVersion(first)
    const anyName = () => (random() < 0.5 ? first : second)
    const anyVersion = () => 1 + Math.floor(random() * 8)
    const anyAlias = () => `alias-${Math.floor(random() * 3)}`
    const actions = [
      () => world.aVersion(anyName()),
      () => registry.setAlias(anyName(), anyAlias(), anyVersion()),
      () => registry.setAlias(anyName(), anyAlias(), anyVersion()),
      () => registry.deleteAlias(anyName(), anyAlias()),
      () => registry.deleteModelVersion(anyName(), anyVersion()),
      () => registry.renameRegisteredModel(first, second),
      () => registry.renameRegisteredModel(second, first),
      () => registry.transitionStage(anyName(), anyVersion(), 'Production', { archiveExisting: true }),
      () => registry.setModelVersionTag(anyName(), anyVersion(), { key: 'k', value: 'v' }),
      () => registry.setRegisteredModelTag(anyName(), { key: 'k', value: 'v' }),
      () => registry.getRegisteredModel(anyName()),
    ]
    const results = await Promise.allSettled(
      Array.from({ length: 150 }, () => actions[Math.floor(random() * actions.length)]?.()),
    )
    const unexpected = refusalCodes(results).filter((code) => !EXPECTED_REFUSALS.has(code))
    expect(unexpected).toEqual([])
    const { items } = await registry.searchRegisteredModels({
      filter: `name IN ('${first}', '${second}')`,
      orderBy: [],
      maxResults: 10,
    })
    expect(items).toHaveLength(1)
    expect(items[0]?.latestVersions.filter(({ stage }) => stage === 'Production').length).toBeLessThan(2)
    const { rows } = await sql<{ dangling: number; gaps: number; production: number }>`
      select
        (select count(*) from registered_model_alias a join model_version v using (model_id, version)
          where a.model_id = m.id and v.stage = 'Deleted_Internal')::int as dangling,
        (m.last_version - (select count(*) from model_version v where v.model_id = m.id))::int as gaps,
        (select count(*) from model_version v where v.model_id = m.id and v.stage = 'Production')::int as production
      from registered_model m where m.name = ${items[0]?.name}`.execute(database.db)
    expect(rows[0]).toMatchObject({ dangling: 0, gaps: 0 })
    expect(rows[0]?.production).toBeLessThan(2)
  })
})

/** Numbers in [0, 1), the same ones for a seed (mulberry32). */
const aRandom = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
