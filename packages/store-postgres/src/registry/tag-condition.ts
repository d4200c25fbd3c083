import type { TextComparison } from '@tidemill/core'
import { type RawBuilder, sql } from 'kysely'
import { compareText } from '../queries/search-comparison.ts'

/** There is a row `entry` of `table` with this key whose value compares; the index holds 250 characters of a value. */
export const hasTag = (
  table: 'registered_model_tag' | 'model_version_tag',
  owner: RawBuilder<unknown>,
  { key, comparison }: { readonly key: string; readonly comparison: TextComparison },
): RawBuilder<unknown> => {
  const exact = compareText(sql`entry.value`, comparison)
  const indexed =
    comparison.comparator === '=' ? sql`left(entry.value, 250) = left(${comparison.value}, 250) and ${exact}` : exact
  return sql`exists (select from ${sql.table(table)} as entry where ${owner} and entry.key = ${key} and ${indexed})`
}
