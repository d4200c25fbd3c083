import type { SortDirection } from '@tidemill/core'
import { type RawBuilder, sql } from 'kysely'
import type { SortType, SortValue } from './search-page-token.ts'

/** One sort expression that is never null; `type` is how its values compare. */
export interface SortKey {
  readonly expression: RawBuilder<unknown>
  readonly type: SortType
  readonly direction: SortDirection
  /** What an index holds of the expression, in the same order with more ties, and the same of a value. */
  readonly indexed?: { readonly expression: RawBuilder<unknown>; of(value: RawBuilder<unknown>): RawBuilder<unknown> }
}

/** Text sorts bytewise in every database. */
export const textSort = (expression: RawBuilder<unknown>, direction: SortDirection): SortKey => ({
  expression: sql`(${expression}) collate "C"`,
  type: 'text',
  direction,
})

/** Rows where the expression is null come last in both directions. */
export const nullsLast = (expression: RawBuilder<unknown>, sort: SortKey): SortKey[] => [
  { expression: sql`(case when ${expression} is null then 1 else 0 end)`, type: 'int', direction: 'asc' },
  sort,
]

export const orderBy = (keys: readonly SortKey[]): RawBuilder<unknown> =>
  sql.join(
    keys.flatMap(({ expression, direction, indexed }) =>
      (indexed === undefined ? [expression] : [indexed.expression, expression]).map(
        (each) => sql`${each} ${sql.raw(direction)}`,
      ),
    ),
  )

/** The sort values of a row, as columns `sort_0`, `sort_1`, … */
export const sortColumns = (keys: readonly SortKey[]): RawBuilder<unknown> =>
  sql.join(keys.map(({ expression }, index) => sql`${expression} as ${sql.ref(sortColumn(index))}`))

/** The names of `sortColumns`. */
export const columnsOf = (keys: readonly SortKey[]): RawBuilder<unknown> =>
  sql.join(keys.map((_, index) => sql.ref(sortColumn(index))))

/** The same order over the columns of `sortColumns`. */
export const orderByColumns = (keys: readonly SortKey[]): RawBuilder<unknown> =>
  sql.join(keys.map(({ direction }, index) => sql`${sql.ref(sortColumn(index))} ${sql.raw(direction)}`))

const sortColumn = (index: number): string => `sort_${index}`

/** The sort values of a row that has `sortColumns`. */
export const sortValuesOf = (row: Readonly<Record<string, unknown>>, keys: readonly SortKey[]): SortValue[] =>
  keys.map((_, index) => {
    const value = row[sortColumn(index)]
    if (typeof value === 'string' || typeof value === 'number') return value
    throw new Error(`A sort value is ${typeof value}: sort expressions are never null`)
  })

/** Rows that come after the one with these sort values. */
export const isAfter = (keys: readonly SortKey[], values: readonly SortValue[]): RawBuilder<unknown> => {
  const bound = keys.map((key, index) => ({ ...key, value: sql`${values[index]}::${sql.raw(key.type)}` }))
  const alternatives = bound.map(({ expression, direction, value }, index) => {
    const equal = bound.slice(0, index).map((key) => sql`${key.expression} = ${key.value}`)
    const beyond = sql`${expression} ${sql.raw(direction === 'asc' ? '>' : '<')} ${value}`
    return sql`(${sql.join([...equal, beyond], sql` and `)})`
  })
  const [first] = bound
  if (first === undefined) return sql`true`
  // Implied by the alternatives; an index on the first key can use only this form.
  const { expression, of: toIndexed } = first.indexed ?? { expression: first.expression, of: (value) => value }
  const start = sql`${expression} ${sql.raw(first.direction === 'asc' ? '>=' : '<=')} ${toIndexed(first.value)}`
  return sql`(${start} and (${sql.join(alternatives, sql` or `)}))`
}
