interface Waiting<Item, Result> {
  readonly item: Item
  readonly done: PromiseWithResolvers<Result>
}

const MAX_BATCH = 64

/**
 * Makes one call of many: what is asked for while a call is under way goes into the next one together. No timer, so a
 * call alone is not delayed. `run` answers a result per item, in their order; when it rejects, all of its items do.
 */
export const coalesce = <Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
): ((item: Item) => Promise<Result>) => {
  const waiting: Waiting<Item, Result>[] = []
  let isRunning = false

  const runBatch = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await run(batch.map(({ item }) => item))
      if (results.length !== batch.length) throw new Error(`${results.length} results for ${batch.length} items`)
      results.forEach((result, index) => batch[index]?.done.resolve(result))
    } catch (error) {
      for (const { done } of batch) done.reject(error)
    }
  }
  const runAll = async (): Promise<void> => {
    isRunning = true
    while (waiting.length > 0) await runBatch(waiting.splice(0, MAX_BATCH))
    isRunning = false
  }

  return (item) => {
    const done = Promise.withResolvers<Result>()
    waiting.push({ item, done })
    if (!isRunning) void runAll()
    return done.promise
  }
}
