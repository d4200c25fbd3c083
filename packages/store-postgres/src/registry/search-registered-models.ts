import {
  parseRegisteredModelFilter,
  parseRegisteredModelOrderBy,
  type RegisteredModelClause,
  type RegisteredModelOrder,
  type RegistrySearch,
} from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { isReadableModel } from '../auth/readable.ts'
import { compareText } from '../queries/search-comparison.ts'
import { isAfter, orderBy, orderByColumns, sortColumns, type SortKey, textSort } from '../queries/search-keyset.ts'
import { parsePageToken } from '../queries/search-page-token.ts'
import { orderSignature, type SearchPage, toSearchPage } from '../queries/search-page.ts'
import type { Database } from '../tables/database.ts'
import { isPromptModel, registeredModelColumns, type RegisteredModelRow } from './registered-model-row.ts'
import { hasTag } from './tag-condition.ts'

/** One page of registered models with all that belongs to them, in one statement. */
export const searchRegisteredModels = async (
  db: Kysely<Database>,
  search: RegistrySearch,
): Promise<SearchPage<RegisteredModelRow>> => {
  const order = toCompleteOrder(parseRegisteredModelOrderBy(search.orderBy))
  const keys = order.map(toSortKey)
  const signature = orderSignature(['registered models', order])
  const token = parsePageToken(
    search.pageToken,
    signature,
    keys.map(({ type }) => type),
  )
  const { clauses, includesPrompts } = parseRegisteredModelFilter(search.filter)
  const conditions = [
    includesPrompts ? sql`true` : sql`not ${isPromptModel}`,
    isReadableModel(search.reader, sql`registered_model.id`),
    ...clauses.map(toCondition),
    ...(token === undefined ? [] : [isAfter(keys, token.values)]),
  ]
  const result = await sql<RegisteredModelRow & Record<string, unknown>>`
    select ${registeredModelColumns}, sorted.*
    from (
      select registered_model.id as sorted_id, ${sortColumns(keys)}
      from registered_model
      where ${sql.join(conditions, sql` and `)}
      order by ${orderBy(keys)}
      limit ${search.maxResults + 1}
    ) as sorted
    join registered_model on registered_model.id = sorted.sorted_id
    order by ${orderByColumns(keys)}`.execute(db)
  return toSearchPage(result.rows, search.maxResults, keys, signature)
}

const toCompleteOrder = (order: readonly RegisteredModelOrder[]): readonly RegisteredModelOrder[] =>
  order.some(({ attribute }) => attribute === 'name') ? order : [...order, { attribute: 'name', direction: 'asc' }]

const toSortKey = ({ attribute, direction }: RegisteredModelOrder): SortKey => {
  switch (attribute) {
    case 'name':
      return textSort(sql`registered_model.name`, direction)
    case 'creation_timestamp':
      return { expression: sql`registered_model.creation_time`, type: 'bigint', direction }
    case 'last_updated_timestamp':
      return { expression: sql`registered_model.last_update_time`, type: 'bigint', direction }
  }
}

const toCondition = (clause: RegisteredModelClause): RawBuilder<unknown> =>
  clause.kind === 'name'
    ? compareText(sql`registered_model.name`, clause.comparison)
    : hasTag('registered_model_tag', sql`entry.model_id = registered_model.id`, clause)
