import {
  parseRunFilter,
  parseRunOrderBy,
  type RunClause,
  type RunOrder,
  type RunSearch,
  type RunTextAttribute,
  type RunTimeAttribute,
  type SortDirection,
  type TextComparison,
} from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import { type RunDataRow, runDataColumns } from './run-data.ts'
import { compareInteger, compareMetric, compareText } from './search-comparison.ts'
import { isAfter, nullsLast, orderBy, orderByColumns, sortColumns, type SortKey, textSort } from './search-keyset.ts'
import { parsePageToken } from './search-page-token.ts'
import { hasLifecycle, orderSignature, type SearchPage, toSearchPage } from './search-page.ts'

const COLUMNS: Readonly<Record<RunTextAttribute | RunTimeAttribute, RawBuilder<unknown>>> = {
  run_id: sql`run.run_id`,
  run_name: sql`run.name`,
  status: sql`run.status`,
  artifact_uri: sql`run.artifact_uri`,
  user_id: sql`run.user_id`,
  start_time: sql`run.start_time`,
  end_time: sql`run.end_time`,
}

/**
 * One page of runs with their data, in one statement. Filters are semi-joins, so that a run appears once and the
 * planner may start from the index of a metric, param or tag.
 */
export const searchRuns = async (
  db: Kysely<Database>,
  experimentIds: readonly number[],
  search: RunSearch,
): Promise<SearchPage<RunDataRow>> => {
  const { joins, keys, signature } = toSort(parseRunOrderBy(search.orderBy))
  const token = parsePageToken(
    search.pageToken,
    signature,
    keys.map(({ type }) => type),
  )
  const conditions = [
    inExperiments(experimentIds),
    hasLifecycle(sql`run.lifecycle_stage`, search.viewType),
    ...parseRunFilter(search.filter).map(toCondition),
    ...(token === undefined ? [] : [isAfter(keys, token.values)]),
  ]
  if (experimentIds.length === 0) return { rows: [] }
  const result = await sql<RunDataRow & Record<string, unknown>>`
    select ${runDataColumns}, sorted.*
    from (
      select run.id, ${sortColumns(keys)}
      from run ${joins}
      where ${sql.join(conditions, sql` and `)}
      order by ${orderBy(keys)}
      limit ${search.maxResults + 1}
    ) as sorted
    join run on run.id = sorted.id
    order by ${orderByColumns(keys)}`.execute(db)
  return toSearchPage(result.rows, search.maxResults, keys, signature)
}

const toSort = (
  orders: readonly RunOrder[],
): { readonly joins: RawBuilder<unknown>; readonly keys: readonly SortKey[]; readonly signature: string } => {
  const complete = [
    ...orders,
    ...TIE_BREAKERS.filter((order) => !orders.some((given) => isSameAttribute(given, order))),
  ]
  return {
    joins: sql.join(complete.map(toJoin), sql` `),
    keys: complete.flatMap(toSortKeys),
    signature: orderSignature(['runs', complete]),
  }
}

const TIE_BREAKERS: readonly RunOrder[] = [
  { kind: 'attribute', attribute: 'start_time', direction: 'desc' },
  { kind: 'attribute', attribute: 'run_id', direction: 'asc' },
]

const isSameAttribute = (a: RunOrder, b: RunOrder): boolean =>
  a.kind === 'attribute' && b.kind === 'attribute' && a.attribute === b.attribute

const TABLES = { metric: sql`run_metric`, param: sql`run_param`, tag: sql`run_tag` }

const toJoin = (order: RunOrder, index: number): RawBuilder<unknown> => {
  if (order.kind === 'attribute') return sql``
  const alias = sql.ref(`order_${index}`)
  return sql`left join ${TABLES[order.kind]} as ${alias} on ${alias}.run_id = run.id and ${alias}.key_id = ${keyId(order.key)}`
}

const toSortKeys = (order: RunOrder, index: number): SortKey[] => {
  const { direction } = order
  if (order.kind === 'attribute') return toAttributeSortKeys(order.attribute, direction)
  const value = sql.ref(`order_${index}.value`)
  if (order.kind !== 'metric') return nullsLast(value, textSort(sql`coalesce(${value}, '')`, direction))
  // Numbers, then NaN, then runs without the metric, in both directions.
  return [
    {
      expression: sql`(case when ${value} is null then 2 when ${value} = 'NaN' then 1 else 0 end)`,
      type: 'int',
      direction: 'asc',
    },
    { expression: sql`coalesce(nullif(${value}, 'NaN'), 0)`, type: 'float8', direction },
  ]
}

const toAttributeSortKeys = (attribute: RunTextAttribute | RunTimeAttribute, direction: SortDirection): SortKey[] => {
  const column = COLUMNS[attribute]
  switch (attribute) {
    case 'start_time':
      return [{ expression: column, type: 'bigint', direction }]
    case 'end_time':
      return nullsLast(column, { expression: sql`coalesce(${column}, 0)`, type: 'bigint', direction })
    // Hex digits sort the same in every collation, and the index of the newest runs has the database's.
    case 'run_id':
      return [{ expression: column, type: 'text', direction }]
    case 'run_name':
    case 'status':
    case 'artifact_uri':
    case 'user_id':
      return [textSort(column, direction)]
  }
}

const toCondition = (clause: RunClause): RawBuilder<unknown> => {
  switch (clause.kind) {
    case 'metric':
      return hasEntry('run_metric', clause.key, compareMetric(sql`entry.value`, clause.comparison))
    case 'param':
      return hasEntry('run_param', clause.key, compareIndexedText(clause.comparison))
    case 'tag':
      return hasEntry('run_tag', clause.key, compareIndexedText(clause.comparison))
    case 'text_attribute':
      return compareText(COLUMNS[clause.attribute], clause.comparison)
    case 'time_attribute':
      return compareInteger(COLUMNS[clause.attribute], clause.comparison)
    // Dataset inputs are not stored, and a run without the key never matches.
    case 'dataset':
      return sql`false`
  }
}

const hasEntry = (
  table: 'run_metric' | 'run_param' | 'run_tag',
  key: string,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> => sql`exists (
  select from ${sql.table(table)} as entry
  where entry.run_id = run.id and entry.experiment_id = run.experiment_id and entry.key_id = ${keyId(key)} and ${condition}
)`

/** The index holds the first 250 characters of a value. */
const compareIndexedText = (comparison: TextComparison): RawBuilder<unknown> => {
  const exact = compareText(sql`entry.value`, comparison)
  return comparison.comparator === '='
    ? sql`(left(entry.value, 250) = left(${comparison.value}, 250) and ${exact})`
    : exact
}

const keyId = (key: string): RawBuilder<unknown> => sql`(select id from entity_key where key = ${key})`

const inExperiments = (experimentIds: readonly number[]): RawBuilder<unknown> =>
  // Postgres 15 reads an index in its order only after an equality, not after `= any`.
  experimentIds.length === 1
    ? sql`run.experiment_id = ${experimentIds[0]}`
    : sql`run.experiment_id = any(${[...experimentIds]}::int[])`
