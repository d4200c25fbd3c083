import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aSearch, describeStores, searchNames, type World } from './world.ts'

const RUNS = 5_000

/** More runs have 'a' and 'c' than it takes to look for them among the newest; 'b' and the long value are rare. */
const textOf = (run: number): string | undefined => {
  if (run % 500 === 0) return undefined
  if (run % 100 === 1) return 'b'
  if (run % 100 === 2) return `b${'x'.repeat(300)}${run % 7}`
  return run % 2 === 0 ? 'a' : 'c'
}

const runs = Array.from({ length: RUNS }, (_, run) => ({
  name: `run ${run}`,
  text: textOf(run),
  startTime: (run * 7919) % 1000,
  id: run.toString(16).padStart(32, '0'),
}))

const seed = async ({ anExperiment, database }: World, prefix: string): Promise<string> => {
  const experimentId = await anExperiment()
  const ids = runs.map(({ id }) => prefix + id.slice(prefix.length))
  const tagged = runs.flatMap(({ text }, index) => (text === undefined ? [] : [{ id: ids[index], text }]))
  await sql`
    with made as (
      insert into run (run_id, experiment_id, name, status, start_time, artifact_uri)
      select run_id, ${experimentId}::bigint, name, 'FINISHED', start_time, ''
      from unnest(${ids}::text[], ${runs.map(({ name }) => name)}::text[], ${runs.map(({ startTime }) => startTime)}::bigint[])
        as given (run_id, name, start_time)
      returning id, run_id, experiment_id
    ),
    key as (
      insert into entity_key (key) values ('team') on conflict (key) do update set key = excluded.key returning id
    )
    insert into run_tag (run_id, key_id, experiment_id, value)
    select made.id, key.id, made.experiment_id, given.value
    from key, unnest(${tagged.map(({ id }) => id)}::text[], ${tagged.map(({ text }) => text)}::text[]) as given (run_id, value)
    join made using (run_id)`.execute(database.db)
  return experimentId
}

const inOrder = (direction: 1 | -1): string[] =>
  runs
    .toSorted((a, b) => {
      if (a.text !== b.text) {
        if (a.text === undefined || b.text === undefined) return a.text === undefined ? 1 : -1
        return a.text < b.text ? -direction : direction
      }
      return b.startTime - a.startTime || (a.id < b.id ? -1 : 1)
    })
    .map(({ name }) => name)

describeStores('the order by a tag', (world) => {
  test('is exact where many runs have one value, also page by page and in both directions', async () => {
    const experimentId = await seed(world, 'a')
    const read = async (orderBy: string, maxResults: number) =>
      (await searchNames(world.store, aSearch(experimentId, { orderBy: [orderBy], maxResults }))).flat()
    expect(await read('tags.team', 50_000)).toEqual(inOrder(1))
    expect(await read('tags.team', 333)).toEqual(inOrder(1))
    expect(await read('tags.team DESC', 777)).toEqual(inOrder(-1))
  })

  test('meets the filters in every part of it', async () => {
    const experimentId = await seed(world, 'b')
    const filter = "attributes.start_time < 500 and tags.team != 'c'"
    const kept = new Set(
      runs.flatMap(({ text, startTime, name }) =>
        startTime < 500 && text !== 'c' && text !== undefined ? [name] : [],
      ),
    )
    const search = aSearch(experimentId, { filter, orderBy: ['tags.team DESC'], maxResults: 400 })
    expect((await searchNames(world.store, search)).flat()).toEqual(inOrder(-1).filter((name) => kept.has(name)))
  })
})
