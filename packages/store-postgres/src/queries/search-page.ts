import { createHash } from 'node:crypto'
import type { ViewType } from '@tidemill/core'
import { type RawBuilder, sql } from 'kysely'
import { type SortKey, sortValuesOf } from './search-keyset.ts'
import { toPageToken } from './search-page-token.ts'

export interface SearchPage<Row> {
  readonly rows: readonly Row[]
  /** Absent on the last page. */
  readonly nextPageToken?: string
}

/** Takes the page out of `maxResults + 1` rows: the one too many says that there is a next page. */
export const toSearchPage = <Row extends Readonly<Record<string, unknown>>>(
  rows: readonly Row[],
  maxResults: number,
  keys: readonly SortKey[],
  order: string,
): SearchPage<Row> => {
  const page = rows.slice(0, maxResults)
  const last = page.at(-1)
  if (rows.length <= maxResults || last === undefined) return { rows: page }
  return { rows: page, nextPageToken: toPageToken({ order, values: sortValuesOf(last, keys) }) }
}

/** Tells orders apart in page tokens; short, whatever the keys are. */
export const orderSignature = (order: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(order)).digest('base64url').slice(0, 12)

export const hasLifecycle = (column: RawBuilder<unknown>, viewType: ViewType): RawBuilder<unknown> => {
  if (viewType === 'ALL') return sql`true`
  return sql`${column} = ${viewType === 'ACTIVE_ONLY' ? 'active' : 'deleted'}`
}
