import {
  IS_PROMPT_TAG,
  type ModelVersionClause,
  type ModelVersionOrder,
  parseModelVersionFilter,
  parseModelVersionOrderBy,
  type RegistrySearch,
} from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { isReadableModel } from '../auth/readable.ts'
import { compareInteger, compareText } from '../queries/search-comparison.ts'
import { isAfter, orderBy, orderByColumns, sortColumns, type SortKey, textSort } from '../queries/search-keyset.ts'
import { parsePageToken } from '../queries/search-page-token.ts'
import { orderSignature, type SearchPage, toSearchPage } from '../queries/search-page.ts'
import type { Database } from '../tables/database.ts'
import { isLiveVersion, modelVersionColumns, type ModelVersionRow } from './model-version-row.ts'
import { isPromptModel } from './registered-model-row.ts'
import { hasTag } from './tag-condition.ts'

const DEFAULT_ORDER: readonly ModelVersionOrder[] = [
  { attribute: 'last_updated_timestamp', direction: 'desc' },
  { attribute: 'name', direction: 'asc' },
  { attribute: 'version_number', direction: 'desc' },
]

/** One page of model versions with their tags and aliases, in one statement. */
export const searchModelVersions = async (
  db: Kysely<Database>,
  search: RegistrySearch,
): Promise<SearchPage<ModelVersionRow>> => {
  const order = toCompleteOrder(parseModelVersionOrderBy(search.orderBy))
  const keys = order.map(toSortKey)
  const signature = orderSignature(['model versions', order])
  const token = parsePageToken(
    search.pageToken,
    signature,
    keys.map(({ type }) => type),
  )
  const { clauses, includesPrompts } = parseModelVersionFilter(search.filter)
  const conditions = [
    isLiveVersion,
    isReadableModel(search.reader, sql`model_version.model_id`),
    ...(includesPrompts ? [] : [sql`not ${isPromptModel}`, sql`not ${isPromptVersion}`]),
    ...clauses.map(toCondition),
    ...(token === undefined ? [] : [isAfter(keys, token.values)]),
  ]
  const result = await sql<ModelVersionRow & Record<string, unknown>>`
    select ${modelVersionColumns}, sorted.*
    from (
      select model_version.id as sorted_id, ${sortColumns(keys)}
      from registered_model join model_version on model_version.model_id = registered_model.id
      where ${sql.join(conditions, sql` and `)}
      order by ${orderBy(keys)}
      limit ${search.maxResults + 1}
    ) as sorted
    join model_version on model_version.id = sorted.sorted_id
    join registered_model on registered_model.id = model_version.model_id
    order by ${orderByColumns(keys)}`.execute(db)
  return toSearchPage(result.rows, search.maxResults, keys, signature)
}

const isPromptVersion: RawBuilder<boolean> = sql`exists (
  select from model_version_tag as mark
  where mark.model_version_id = model_version.id and mark.key = ${IS_PROMPT_TAG} and lower(mark.value) = 'true')`

const toCompleteOrder = (order: readonly ModelVersionOrder[]): readonly ModelVersionOrder[] =>
  order.length === 0
    ? DEFAULT_ORDER
    : [
        ...order,
        ...DEFAULT_ORDER.slice(1).filter(({ attribute }) => order.every((given) => given.attribute !== attribute)),
      ]

const toSortKey = ({ attribute, direction }: ModelVersionOrder): SortKey => {
  switch (attribute) {
    case 'name':
      return textSort(sql`registered_model.name`, direction)
    case 'version_number':
      return { expression: sql`model_version.version`, type: 'int', direction }
    case 'creation_timestamp':
      return { expression: sql`model_version.creation_time`, type: 'bigint', direction }
    case 'last_updated_timestamp':
      return { expression: sql`model_version.last_update_time`, type: 'bigint', direction }
  }
}

const COLUMNS = {
  name: sql`registered_model.name`,
  run_id: sql`model_version.run_id`,
  source_path: sql`model_version.source`,
}

const toCondition = (clause: ModelVersionClause): RawBuilder<unknown> => {
  switch (clause.kind) {
    case 'text_attribute':
      return compareText(COLUMNS[clause.attribute], clause.comparison)
    case 'version_number':
      return compareInteger(sql`model_version.version`, clause.comparison)
    case 'tag':
      return hasTag('model_version_tag', sql`entry.model_version_id = model_version.id`, clause)
  }
}
