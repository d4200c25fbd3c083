import type { ListComparison, NumberComparison, TextComparison } from '@tidemill/core'
import { type RawBuilder, sql } from 'kysely'

/** `expression` is text. LIKE and ILIKE have no escape character (spec/rest-api.md §4.1). */
export const compareText = (
  expression: RawBuilder<unknown>,
  comparison: TextComparison | ListComparison,
): RawBuilder<unknown> => {
  switch (comparison.comparator) {
    case '=':
      return sql`${expression} = ${comparison.value}`
    case '!=':
      return sql`${expression} <> ${comparison.value}`
    case 'LIKE':
      return sql`${expression} like ${comparison.value} escape ''`
    case 'ILIKE':
      return sql`${expression} ilike ${comparison.value} escape ''`
    case 'IN':
      return sql`${expression} = any(${[...comparison.values]}::text[])`
    case 'NOT IN':
      return sql`${expression} <> all(${[...comparison.values]}::text[])`
  }
}

/** `expression` is a bigint. An integer is compared as one, so that an index serves it. */
export const compareInteger = (expression: RawBuilder<unknown>, comparison: NumberComparison): RawBuilder<unknown> => {
  const { value } = comparison
  const operand = Number.isSafeInteger(value) ? sql`${value}::bigint` : sql`${value}::float8`
  return sql`${expression} ${operator(comparison)} ${operand}`
}

/** `expression` is a float8 whose NaN counts as 0: in Postgres it is equal to itself and greater than all numbers. */
export const compareMetric = (expression: RawBuilder<unknown>, comparison: NumberComparison): RawBuilder<unknown> => {
  const compared = compareNumber(expression, comparison)
  return holdsForNaN(comparison)
    ? sql`(${compared} or ${expression} = 'NaN')`
    : sql`(${compared} and ${expression} <> 'NaN')`
}

/** `expression` is a float8 that is not NaN. */
export const compareNumber = (expression: RawBuilder<unknown>, comparison: NumberComparison): RawBuilder<unknown> =>
  sql`${expression} ${operator(comparison)} ${comparison.value}::float8`

/** A metric that is NaN counts as 0, as MLflow stores it. */
export const holdsForNaN = (comparison: NumberComparison): boolean => holds(0, comparison)

const operator = ({ comparator }: NumberComparison): RawBuilder<unknown> =>
  sql.raw(comparator === '!=' ? '<>' : comparator)

const holds = (left: number, { comparator, value }: NumberComparison): boolean => {
  switch (comparator) {
    case '>':
      return left > value
    case '>=':
      return left >= value
    case '=':
      return left === value
    case '!=':
      return left !== value
    case '<':
      return left < value
    case '<=':
      return left <= value
  }
}
