import type { AcceptedDifference } from './accepted-difference.ts'
import type { Difference } from './compare.ts'

export interface Verdict {
  /** Differences that no entry covers. */
  readonly unlisted: readonly Difference[]
  /** Entries, with the request where they name some, that cover no difference. */
  readonly stale: readonly string[]
}

/** Holds the differences against the table of accepted ones. */
export const judge = (differences: readonly Difference[], accepted: readonly AcceptedDifference[]): Verdict => {
  const used = new Set<string>()
  const statuses = new Map(
    differences.filter(({ at }) => at === 'status').map(({ title, mlflow, ours }) => [title, [mlflow, ours].join(' ')]),
  )
  const unlisted = differences.filter((difference) => {
    const entry = accepted.find((candidate) => covers(candidate, difference, statuses.get(difference.title)))
    if (entry !== undefined) used.add(useOf(entry, difference.title))
    return entry === undefined
  })
  const stale = accepted
    .flatMap((entry) => (entry.requests === 'any' ? [entry.name] : entry.requests.map((title) => useOf(entry, title))))
    .filter((use) => !used.has(use))
  return { unlisted, stale }
}

const useOf = ({ name, requests }: AcceptedDifference, title: string): string =>
  requests === 'any' ? name : `${name}: '${title}'`

const covers = (entry: AcceptedDifference, difference: Difference, statuses: string | undefined): boolean =>
  (entry.requests === 'any' || entry.requests.includes(difference.title)) &&
  entry.at.test(difference.at) &&
  // An entry for words or fields does not excuse another status.
  (entry.requests === 'any' || statuses === entry.statuses?.join(' '))
