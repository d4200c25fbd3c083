/** Per step, the steps that it needs. Keys that are not steps themselves are ignored. */
export type StepNeeds = ReadonlyMap<string, readonly string[]>

/**
 * Circles of needs, each as a closed path `a, b, a`; a step is named in one of them at most. Steps that need
 * themselves are left out. Iterative: a chain of a thousand steps must not grow the stack.
 */
export const findCycles = (needs: StepNeeds): string[][] => {
  const cycles: string[][] = []
  const done = new Set<string>()
  for (const root of needs.keys()) {
    const path: { readonly key: string; next: number }[] = []
    const positions = new Map<string, number>()
    const enter = (key: string) => {
      positions.set(key, path.length)
      path.push({ key, next: 0 })
    }
    if (!done.has(root)) enter(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const need = needs.get(top.key)?.[top.next++]
      if (need === undefined) {
        done.add(top.key)
        positions.delete(top.key)
        path.pop()
        continue
      }
      if (need === top.key || done.has(need) || !needs.has(need)) continue
      const start = positions.get(need)
      if (start === undefined) {
        enter(need)
        continue
      }
      const cycle = path.slice(start).map(({ key }) => key)
      cycles.push([...cycle, need])
      // Its steps are spoken for: another circle through them would only repeat the news.
      for (const key of cycle) done.add(key)
      for (const { key } of path.splice(start)) positions.delete(key)
    }
  }
  return cycles
}

/** Steps on the longest chain of needs; undefined when there is a circle. */
export const findDepth = (needs: StepNeeds): number | undefined => {
  const waiting = new Map<string, number>()
  const dependents = new Map<string, string[]>()
  for (const [key, keys] of needs) {
    const known = keys.filter((need) => needs.has(need))
    waiting.set(key, known.length)
    for (const need of known) appendTo(dependents, need, key)
  }
  let level = Array.from(needs.keys()).filter((key) => waiting.get(key) === 0)
  let depth = 0
  let reached = 0
  while (level.length > 0) {
    depth++
    reached += level.length
    const next: string[] = []
    for (const key of level.flatMap((done) => dependents.get(done) ?? [])) {
      const left = (waiting.get(key) ?? 0) - 1
      waiting.set(key, left)
      if (left === 0) next.push(key)
    }
    level = next
  }
  return reached === needs.size ? depth : undefined
}

/** Every step that has succeeded before `key` starts: reachable by needs. */
export const findUpstream = (needs: StepNeeds, key: string): ReadonlySet<string> => {
  const upstream = new Set<string>()
  const pending = [...(needs.get(key) ?? [])]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (upstream.has(next) || !needs.has(next)) continue
    upstream.add(next)
    pending.push(...(needs.get(next) ?? []))
  }
  return upstream
}

const appendTo = (lists: Map<string, string[]>, key: string, item: string): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}
