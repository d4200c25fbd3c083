import {
  type ExperimentClause,
  type ExperimentOrder,
  type ExperimentOrderAttribute,
  type ExperimentSearch,
  parseExperimentFilter,
  parseExperimentOrderBy,
  type ViewType,
} from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { isReadableExperiment } from '../auth/readable.ts'
import type { Database } from '../tables/database.ts'
import { experimentColumns, type ExperimentRow } from './experiment.ts'
import { compareInteger, compareText } from './search-comparison.ts'
import { isAfter, orderBy, sortColumns, type SortKey, textSort } from './search-keyset.ts'
import { parsePageToken } from './search-page-token.ts'
import { hasLifecycle, orderSignature, type SearchPage, toSearchPage } from './search-page.ts'

const COLUMNS: Readonly<Record<ExperimentOrderAttribute, RawBuilder<unknown>>> = {
  name: sql`experiment.name`,
  experiment_id: sql`experiment.experiment_id`,
  creation_time: sql`experiment.creation_time`,
  last_update_time: sql`experiment.last_update_time`,
}

const DEFAULT_ORDER: readonly ExperimentOrder[] = [
  { attribute: 'creation_time', direction: 'desc' },
  { attribute: 'experiment_id', direction: 'asc' },
]

/** One page of experiments with their tags, in one statement. */
export const searchExperiments = async (
  db: Kysely<Database>,
  search: ExperimentSearch & { readonly viewType: ViewType },
): Promise<SearchPage<ExperimentRow>> => {
  const order = toCompleteOrder(parseExperimentOrderBy(search.orderBy))
  const keys = order.map(toSortKey)
  const signature = orderSignature(['experiments', order])
  const token = parsePageToken(
    search.pageToken,
    signature,
    keys.map(({ type }) => type),
  )
  const conditions = [
    hasLifecycle(sql`experiment.lifecycle_stage`, search.viewType),
    isReadableExperiment(search.reader, sql`experiment.experiment_id`),
    ...parseExperimentFilter(search.filter).map(toCondition),
    ...(token === undefined ? [] : [isAfter(keys, token.values)]),
  ]
  const result = await sql<ExperimentRow & Record<string, unknown>>`
    select ${experimentColumns}, ${sortColumns(keys)}
    from experiment
    where ${sql.join(conditions, sql` and `)}
    order by ${orderBy(keys)}
    limit ${search.maxResults + 1}`.execute(db)
  return toSearchPage(result.rows, search.maxResults, keys, signature)
}

const toCompleteOrder = (order: readonly ExperimentOrder[]): readonly ExperimentOrder[] => {
  if (order.length === 0) return DEFAULT_ORDER
  const isTotal = order.some(({ attribute }) => attribute === 'experiment_id')
  return isTotal ? order : [...order, { attribute: 'experiment_id', direction: 'desc' }]
}

const toSortKey = ({ attribute, direction }: ExperimentOrder): SortKey => {
  const expression = COLUMNS[attribute]
  if (attribute === 'name') return textSort(expression, direction)
  return { expression, type: 'bigint', direction }
}

const toCondition = (clause: ExperimentClause): RawBuilder<unknown> => {
  switch (clause.kind) {
    case 'text_attribute': {
      const column = clause.attribute === 'name' ? COLUMNS.name : sql`${COLUMNS.experiment_id}::text`
      return compareText(column, clause.comparison)
    }
    case 'presence': {
      const entry = sql`exists (
        select from experiment_tag as entry
        where entry.experiment_id = experiment.experiment_id and entry.key = ${clause.key}
      )`
      return clause.isPresent ? entry : sql`not ${entry}`
    }
    case 'time_attribute':
      return compareInteger(COLUMNS[clause.attribute], clause.comparison)
    case 'tag':
      return sql`exists (
        select from experiment_tag as entry
        where entry.experiment_id = experiment.experiment_id and entry.key = ${clause.key}
          and ${compareText(sql`entry.value`, clause.comparison)}
      )`
  }
}
