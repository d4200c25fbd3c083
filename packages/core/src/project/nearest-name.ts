/** Comparisons stay cheap for hostile documents with thousands of names. */
const MAX_CANDIDATES = 200
const MAX_LENGTH = 64

/** The candidate that a slip of the keyboard explains: other case, or at most two edits (one for short names). */
export const findNearestName = (name: string, candidates: readonly string[]): string | undefined => {
  if (name.length > MAX_LENGTH) return undefined
  const limit = name.length < 4 ? 1 : 2
  let nearest: string | undefined
  let best = limit + 1
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
    if (Math.abs(candidate.length - name.length) > limit) continue
    const distance = editDistance(fold(name), fold(candidate))
    if (distance < best) {
      best = distance
      nearest = candidate
    }
  }
  return nearest
}

/** `did you mean 'train'?`, or nothing when no candidate is near. */
export const didYouMean = (name: string, candidates: readonly string[]): string | undefined => {
  const nearest = findNearestName(name, candidates)
  return nearest === undefined ? undefined : `did you mean '${nearest}'?`
}

/** `'a', 'b'`, cut after twenty names. */
export const listNames = (names: readonly string[]): string => {
  const shown = names.slice(0, 20).map((name) => `'${name}'`)
  return names.length > 20 ? `${shown.join(', ')} and ${names.length - 20} more` : shown.join(', ')
}

const fold = (name: string): string => name.toLowerCase().replaceAll('-', '_')

/** Optimal string alignment distance: insert, delete, replace, swap of neighbours. */
const editDistance = (a: string, b: string): number => {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let distance = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, replaced)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (beforePrevious[j - 2] ?? 0) + 1)
      }
      current.push(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
