import type { Performance } from './play.ts'

/** Variables that hold experiment ids are short numbers: they are only replaced where an experiment's id stands. */
const isShort = (value: string): boolean => /^\d{1,6}$/.test(value)

/** The default experiment is as old as its server, which may have been started this long before. */
const START_MS = 600_000

/** Lists whose order says nothing. */
const UNORDERED = new Set(['tags', 'params', 'aliases', 'latest_versions'])

/** Brings answers of two servers into one form: ids, times, generated names and page tokens get names. */
export const normaliser = (performance: Performance): ((text: string) => unknown) => {
  const long = [...performance.variables].filter(([, value]) => value.length >= 8)
  const short = [...performance.variables].filter(([, value]) => isShort(value))
  const clean = (text: string): string => {
    let result = text
    for (const [name, value] of long) result = result.replaceAll(value, `<${name}>`)
    for (const [name, value] of short) {
      result = result.replaceAll(
        new RegExp(`(mlflow-artifacts:/|\\bid[= :]'?|experiment '?)${value}\\b`, 'g'),
        `$1<${name}>`,
      )
    }
    return (
      result
        .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>')
        .replaceAll(/(?<![0-9a-f])(?!0{32})[0-9a-f]{32}(?![0-9a-f])/g, '<hex>')
        .replaceAll(/^[a-z]+-[a-z]+-\d{1,4}$/g, '<generated>')
        // Python prints sets in an order of its own.
        .replaceAll(
          /\{('[^']*'(?:, '[^']*')+)\}/g,
          (_, items: string) => `{${items.split(', ').toSorted().join(', ')}}`,
        )
    )
  }
  const walk = (value: unknown, key: string): unknown => {
    if (Array.isArray(value))
      return list(
        value.map((item) => walk(item, key)),
        key,
      )
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => !(Array.isArray(item) && item.length === 0))
          .map(([name, item]) => [
            name,
            name === 'metrics' && key === 'data' ? sorted(walk(item, name)) : walk(item, name),
          ]),
      )
    }
    if (typeof value === 'string') {
      if (key === 'next_page_token') return '<token>'
      if (key === 'experiment_id') return short.find(([, id]) => id === value)?.[0] ?? value
      return clean(value)
    }
    if (typeof value === 'number' && value >= performance.from - START_MS && value <= performance.to + 5000)
      return '<now>'
    return value
  }
  return (body) => {
    try {
      return walk(JSON.parse(body), '')
    } catch {
      return clean(body)
    }
  }
}

const list = (items: unknown[], key: string): unknown => (UNORDERED.has(key) ? sorted(items) : items)

const sorted = (items: unknown): unknown =>
  Array.isArray(items)
    ? items
        .map((item) => [JSON.stringify(item), item] as const)
        .toSorted(byText)
        .map(([, item]) => item)
    : items

const byText = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0
