import {
  type DatasetFilter,
  type LoggedModelClause,
  type LoggedModelSearch,
  type LoggedModelSort,
  type LoggedModelTextAttribute,
  type LoggedModelTimeAttribute,
  parseLoggedModelFilter,
  parseLoggedModelOrder,
} from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { compareInteger, compareMetric, compareText } from '../queries/search-comparison.ts'
import {
  isAfter,
  nullsLast,
  orderBy,
  orderByColumns,
  sortColumns,
  type SortKey,
  textSort,
} from '../queries/search-keyset.ts'
import { parsePageToken } from '../queries/search-page-token.ts'
import { type SearchPage, toSearchPage } from '../queries/search-page.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { loggedModelColumns, type LoggedModelRow } from './logged-model-row.ts'
import { searchSignature, validateSameSearch } from './search-page-token.ts'

const COLUMNS: Readonly<Record<LoggedModelTextAttribute | LoggedModelTimeAttribute, RawBuilder<unknown>>> = {
  name: sql`logged_model.name`,
  model_id: sql`logged_model.model_id`,
  model_type: sql`logged_model.model_type`,
  status: sql`logged_model.status`,
  source_run_id: sql`logged_model.source_run_id`,
  artifact_location: sql`logged_model.artifact_uri`,
  status_message: sql`logged_model.status_message`,
  experiment_id: sql`logged_model.experiment_id::text`,
  lifecycle_stage: sql`logged_model.lifecycle_stage`,
  creation_timestamp_ms: sql`logged_model.creation_time`,
  last_updated_timestamp_ms: sql`logged_model.last_update_time`,
}

/** One page of active models with all their data, in one statement. */
export const searchLoggedModels = async (
  db: Kysely<Database>,
  experimentKeys: readonly ExperimentKey[],
  search: LoggedModelSearch,
): Promise<SearchPage<LoggedModelRow>> => {
  const { joins, keys } = toSort(parseLoggedModelOrder(search.orderBy))
  const clauses = parseLoggedModelFilter(search.filter)
  validateSameSearch(search.pageToken, search)
  const signature = searchSignature(search)
  const token = parsePageToken(
    search.pageToken,
    signature,
    keys.map(({ type }) => type),
  )
  const isRestricted = search.datasets.length > 0 && !clauses.some(({ kind }) => kind === 'metric')
  const conditions = [
    inExperiments(experimentKeys),
    sql`logged_model.lifecycle_stage = 'active'`,
    ...clauses.map((clause) => toCondition(clause, search.datasets)),
    ...(isRestricted ? [hasMetric([onDatasets(search.datasets)])] : []),
    ...(token === undefined ? [] : [isAfter(keys, token.values)]),
  ]
  if (experimentKeys.length === 0) return { rows: [] }
  const result = await sql<LoggedModelRow & Record<string, unknown>>`
    select ${loggedModelColumns}, sorted.*
    from (
      select logged_model.id as sorted_id, ${sortColumns(keys)}
      from logged_model ${joins}
      where ${sql.join(conditions, sql` and `)}
      order by ${orderBy(keys)}
      limit ${search.maxResults + 1}
    ) as sorted
    join logged_model on logged_model.id = sorted.sorted_id
    order by ${orderByColumns(keys)}`.execute(db)
  return toSearchPage(result.rows, search.maxResults, keys, signature)
}

/** One experiment by `=`, so that its newest models come from the index in order. */
const inExperiments = (experimentKeys: readonly ExperimentKey[]): RawBuilder<unknown> =>
  experimentKeys.length === 1
    ? sql`logged_model.experiment_id = ${experimentKeys[0]}::bigint`
    : sql`logged_model.experiment_id = any(${[...experimentKeys]}::bigint[])`

const TIE_BREAKERS: readonly LoggedModelSort[] = [
  { kind: 'attribute', attribute: 'creation_timestamp_ms', direction: 'desc' },
  { kind: 'attribute', attribute: 'model_id', direction: 'asc' },
]

const toSort = (
  sorts: readonly LoggedModelSort[],
): { readonly joins: RawBuilder<unknown>; readonly keys: readonly SortKey[] } => {
  const isGiven = (tieBreaker: LoggedModelSort): boolean =>
    sorts.some(
      (sort) => sort.kind === 'attribute' && tieBreaker.kind === 'attribute' && sort.attribute === tieBreaker.attribute,
    )
  const complete = [...sorts, ...TIE_BREAKERS.filter((sort) => !isGiven(sort))]
  const joins: RawBuilder<unknown>[] = []
  const keys = complete.flatMap((sort, index): SortKey[] => {
    if (sort.kind === 'attribute') return attributeSort(sort)
    const alias = sql.ref(`metric_${index}`)
    joins.push(latestPoint(sort, alias))
    return metricSort(sql`${alias}.value`, sort)
  })
  return { joins: joins.length === 0 ? sql`` : sql.join(joins, sql` `), keys }
}

const attributeSort = ({ attribute, direction }: LoggedModelSort & { readonly kind: 'attribute' }): SortKey[] => {
  const expression = COLUMNS[attribute]
  switch (attribute) {
    case 'creation_timestamp_ms':
    case 'last_updated_timestamp_ms':
      return [{ expression, type: 'bigint', direction }]
    case 'experiment_id':
      return [{ expression: sql`logged_model.experiment_id`, type: 'bigint', direction }]
    case 'status':
      // In the order of MLflow's numbers.
      return [
        { expression: sql`array_position(array['PENDING', 'READY', 'UPLOAD_FAILED'], status)`, type: 'int', direction },
      ]
    case 'model_type':
    case 'source_run_id':
    case 'status_message':
      return nullsLast(expression, textSort(sql`coalesce(${expression}, '')`, direction))
    case 'name':
    case 'model_id':
    case 'artifact_location':
    case 'lifecycle_stage':
      return [textSort(expression, direction)]
  }
}

/** Numbers, then NaN, then models without the metric, in both directions. */
const metricSort = (value: RawBuilder<unknown>, { direction }: LoggedModelSort): SortKey[] => [
  {
    expression: sql`(case when ${value} is null then 2 when ${value} = 'NaN' then 1 else 0 end)`,
    type: 'int',
    direction: 'asc',
  },
  { expression: sql`coalesce(nullif(${value}, 'NaN'), 0)`, type: 'float8', direction },
]

/** A lateral join of the metric's point with the greatest timestamp and step. */
const latestPoint = (
  { key, dataset }: LoggedModelSort & { readonly kind: 'metric' },
  alias: RawBuilder<unknown>,
): RawBuilder<unknown> => sql`
  left join lateral (
    select point.value from logged_model_metric as point
    where point.model_id = logged_model.id and ${hasKey(key)}
      and ${dataset === undefined ? sql`true` : onDatasets([dataset])}
    order by point.timestamp desc, point.step desc, point.run_id
    limit 1
  ) as ${alias} on true`

const toCondition = (clause: LoggedModelClause, datasets: readonly DatasetFilter[]): RawBuilder<unknown> => {
  switch (clause.kind) {
    case 'metric':
      return hasMetric([
        hasKey(clause.key),
        compareMetric(sql`point.value`, clause.comparison),
        ...(datasets.length === 0 ? [] : [onDatasets(datasets)]),
      ])
    case 'param':
    case 'tag':
      return sql`exists (
        select from ${sql.table(clause.kind === 'param' ? 'logged_model_param' : 'logged_model_tag')} as entry
        where entry.model_id = logged_model.id and entry.key = ${clause.key}
          and ${compareText(sql`entry.value`, clause.comparison)}
      )`
    case 'text_attribute':
      return compareText(COLUMNS[clause.attribute], clause.comparison)
    case 'time_attribute':
      return compareInteger(COLUMNS[clause.attribute], clause.comparison)
  }
}

const hasMetric = (conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> => sql`exists (
  select from logged_model_metric as point
  where point.model_id = logged_model.id and ${sql.join(conditions, sql` and `)}
)`

const hasKey = (key: string): RawBuilder<unknown> =>
  sql`point.key_id = (select entity_key.id from entity_key where entity_key.key = ${key})`

const onDatasets = (datasets: readonly DatasetFilter[]): RawBuilder<unknown> => {
  const alternatives = datasets.map(({ name, digest }) => {
    const conditions = [
      ...(name === undefined ? [] : [sql`point.dataset_name = ${name}`]),
      ...(digest === undefined ? [] : [sql`point.dataset_digest = ${digest}`]),
    ]
    return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`
  })
  return sql`(${sql.join(alternatives, sql` or `)})`
}
