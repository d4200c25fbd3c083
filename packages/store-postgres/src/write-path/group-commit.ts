import { ResourceExhaustedError } from '@tidemill/core'

export interface GroupCommitOptions<Item, Result> {
  /** Writes the items in one transaction and answers a result per item, in their order. Safe to run again. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>
  /** Items of one key are written in the order of their arrival, by one flush at a time. */
  readonly keyOf: (item: Item) => string
  /** Bytes that the item takes while it waits, about. */
  readonly sizeOf: (item: Item) => number
  readonly maxInFlight: number
  /** Of one key in one flush. */
  readonly maxPerKey: number
  /** Bytes of all that waits or is being written. */
  readonly maxBytes: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly size: number
  readonly done: PromiseWithResolvers<Result>
}

const MAX_ITEMS_PER_FLUSH = 512
const MAX_BYTES_PER_FLUSH = 4 * 1024 * 1024

/**
 * Group commit (spec/performance.md §5.2): what arrives while flushes are under way goes into the next one together,
 * and each promise resolves after its commit. No timer: alone, an item goes at once; under load flushes grow by
 * themselves. When the database refuses a flush, its items are written one by one, so that a bad one fails alone.
 * Rejects with ResourceExhaustedError while too much waits.
 */
export const createGroupCommit = <Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): ((item: Item) => Promise<Result>) => {
  const { flush, keyOf, sizeOf, maxInFlight, maxPerKey, maxBytes } = options
  /** What waits, by key; a key in `ready` has something to write and no flush under way. */
  const lanes = new Map<string, Waiting<Item, Result>[]>()
  const ready = new Set<string>()
  let inFlight = 0
  let bytes = 0
  let isScheduled = false

  const schedule = (): void => {
    if (isScheduled || inFlight >= maxInFlight || ready.size === 0) return
    isScheduled = true
    // After the other requests that arrived together with this one.
    setImmediate(() => {
      isScheduled = false
      if (ready.size === 0) return
      void write(take())
      schedule()
    })
  }

  const take = (): Map<string, Waiting<Item, Result>[]> => {
    const taken = new Map<string, Waiting<Item, Result>[]>()
    let count = 0
    let size = 0
    for (const key of ready) {
      if (count >= MAX_ITEMS_PER_FLUSH || size >= MAX_BYTES_PER_FLUSH) break
      const items = lanes.get(key)?.splice(0, maxPerKey) ?? []
      ready.delete(key)
      taken.set(key, items)
      count += items.length
      size += items.reduce((sum, item) => sum + item.size, 0)
    }
    return taken
  }

  const write = async (taken: ReadonlyMap<string, Waiting<Item, Result>[]>): Promise<void> => {
    inFlight++
    const members = [...taken.values()].flat()
    await settleMembers(members)
    inFlight--
    for (const { size } of members) bytes -= size
    for (const key of taken.keys()) {
      if (lanes.get(key)?.length === 0) lanes.delete(key)
      else ready.add(key)
    }
    schedule()
  }

  const settleMembers = async (members: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await flush(members.map(({ item }) => item))
      for (const [index, { done }] of members.entries()) {
        const result = results[index]
        if (result === undefined) throw new Error(`A flush of ${members.length} gave ${results.length} results`)
        done.resolve(result)
      }
    } catch (error) {
      if (members.length === 1 || !isRefusedStatement(error)) {
        for (const { done } of members) done.reject(error)
        return
      }
      for (const member of members) await settleMembers([member])
    }
  }

  return (item) => {
    const size = sizeOf(item)
    if (bytes + size > maxBytes && bytes > 0) {
      return Promise.reject(
        new ResourceExhaustedError(`Writes of ${bytes} bytes wait for the database. Send this one again shortly.`),
      )
    }
    const key = keyOf(item)
    const done = Promise.withResolvers<Result>()
    bytes += size
    const lane = lanes.get(key)
    if (lane === undefined) {
      lanes.set(key, [{ item, size, done }])
      ready.add(key)
    } else {
      lane.push({ item, size, done })
    }
    schedule()
    return done.promise
  }
}

/** An error of the statement, not of the connection or of a server that stops: others may have better luck alone. */
const isRefusedStatement = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^[0-9A-Z]{5}$/.test(error.code) &&
  !/^(08|53|57|58|XX)/.test(error.code)
