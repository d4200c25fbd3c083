import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'

/** Ids of metric, param and tag keys. */
export type KeyIds = ReadonlyMap<string, number>

/** About 25 MB when every key is as long as it may be. */
const MAX_CACHED_KEYS = 50_000

/**
 * The key dictionary with a cache of this process. It runs statements of its own, outside of any transaction (an id
 * of a transaction that rolls back must not be cached): on PGlite, call it before a transaction, never inside one.
 */
export interface EntityKeys {
  /** The id of a key that this process has met. */
  knownIdOf(key: string): number | undefined
  /** Makes the keys that are absent. */
  idsOf(keys: Iterable<string>): Promise<KeyIds>
  /** Leaves out the keys that are absent. */
  findIdsOf(keys: Iterable<string>): Promise<KeyIds>
  namesOf(ids: Iterable<number>): Promise<ReadonlyMap<number, string>>
}

export const createEntityKeys = (db: Kysely<Database>): EntityKeys => {
  const cache = new Map<string, number>()
  const names = new Map<number, string>()
  const remember = (key: string, id: number): void => {
    if (cache.size >= MAX_CACHED_KEYS) {
      cache.clear()
      names.clear()
    }
    cache.set(key, id)
    names.set(id, key)
  }
  return {
    knownIdOf: (key) => cache.get(key),
    idsOf: async (keys) => {
      const { known, missing } = lookUp(cache, keys)
      if (missing.length > 0) {
        for (const [key, id] of await internKeys(db, missing)) {
          remember(key, id)
          known.set(key, id)
        }
      }
      return known
    },
    findIdsOf: async (keys) => {
      const { known, missing } = lookUp(cache, keys)
      if (missing.length > 0) {
        const found = await db
          .selectFrom('entity_key')
          .select(['id', 'key'])
          .where(sql<boolean>`key = any(${missing}::text[])`)
          .execute()
        for (const { id, key } of found) {
          remember(key, id)
          known.set(key, id)
        }
      }
      return known
    },
    namesOf: async (ids) => {
      const { known, missing } = lookUp(names, ids)
      if (missing.length > 0) {
        const found = await db
          .selectFrom('entity_key')
          .select(['id', 'key'])
          .where(sql<boolean>`id = any(${missing}::int[])`)
          .execute()
        for (const { id, key } of found) {
          remember(key, id)
          known.set(id, key)
        }
      }
      return known
    },
  }
}

const lookUp = <K, V>(cache: ReadonlyMap<K, V>, wanted: Iterable<K>): { known: Map<K, V>; missing: K[] } => {
  const known = new Map<K, V>()
  const missing = new Set<K>()
  for (const key of wanted) {
    const value = cache.get(key)
    if (value === undefined) missing.add(key)
    else known.set(key, value)
  }
  return { known, missing: [...missing] }
}

/** The id of each item's key, in their order, as `idsOf`; mostly without asking the database. */
export const keyIdsOf = async (
  keys: EntityKeys,
  items: readonly { readonly key: string }[],
): Promise<readonly number[]> => {
  const known: number[] = []
  for (const { key } of items) {
    const id = keys.knownIdOf(key)
    if (id === undefined) break
    known.push(id)
  }
  if (known.length === items.length) return known
  const ids = await keys.idsOf(items.map(({ key }) => key))
  return items.map(({ key }) => {
    const id = ids.get(key)
    if (id === undefined) throw new Error(`The key dictionary made no id for '${key}'`)
    return id
  })
}

/** Ids of the keys, inside the caller's transaction; absent keys are made, in one order for every writer. */
export const internKeys = async (db: Kysely<Database>, keys: readonly string[]): Promise<Map<string, number>> => {
  const ids = new Map<string, number>()
  let missing = [...new Set(keys)]
  // A key that another transaction made meanwhile shows up only in the next statement's snapshot.
  while (missing.length > 0) {
    const found = await findOrInsertKeys(db, missing)
    for (const { id, key } of found) ids.set(key, id)
    missing = missing.filter((key) => !ids.has(key))
  }
  return ids
}

// Only absent keys are inserted: `on conflict` uses up an id of the sequence even when it does nothing.
const findOrInsertKeys = async (
  db: Kysely<Database>,
  keys: readonly string[],
): Promise<{ id: number; key: string }[]> => {
  const result = await sql<{ id: number; key: string }>`
    with wanted as (select unnest(${[...keys]}::text[]) as key),
    found as (select entity_key.id, entity_key.key from entity_key join wanted using (key)),
    made as (
      insert into entity_key (key)
      select key from wanted where not exists (select from found where found.key = wanted.key)
      order by key
      on conflict (key) do nothing
      returning id, key
    )
    select id, key from found union all select id, key from made`.execute(db)
  return result.rows
}
