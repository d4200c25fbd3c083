/** The first ones are kept, all are counted. */
const MAX_KEPT = 1000
const MAX_VALUE_LENGTH = 80

/** What is not in the target as it is in the source. */
export interface Differences {
  readonly kept: readonly string[]
  readonly total: () => number
  add(what: string): void
  /** Compares plain values by their JSON. */
  compare(where: string, field: string, source: unknown, target: unknown): void
}

export const createDifferences = (): Differences => {
  const kept: string[] = []
  let total = 0
  const add = (what: string): void => {
    total++
    if (kept.length < MAX_KEPT) kept.push(what)
  }
  return {
    kept,
    total: () => total,
    add,
    compare: (where, field, source, target) => {
      const [expected, actual] = [toText(source), toText(target)]
      if (expected !== actual) add(`${where}: ${field} is ${cut(actual)}, in the source ${cut(expected)}`)
    },
  }
}

const toText = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value))

const cut = (text: string): string => (text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`)
