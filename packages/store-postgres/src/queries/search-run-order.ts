import type { RunClause, RunOrder, RunTextAttribute, RunTimeAttribute, SortDirection } from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { compareNumber, holdsForNaN } from './search-comparison.ts'
import { isAfter, nullsLast, type SortKey, textSort } from './search-keyset.ts'
import type { SortType, SortValue } from './search-page-token.ts'
import { orderSignature } from './search-page.ts'
import { headOf, indexedValue, type KeyIdOf, RUN_COLUMNS, toRunCondition } from './search-run-filter.ts'
import { splitByTies, type TextOrder } from './search-run-ties.ts'

/**
 * A stretch of the ordered runs that one walk of an index can give. By a metric: runs with a number, then with NaN,
 * then without the metric; by a param or tag: with it, then without it; by an attribute: all.
 */
export interface OrderPhase {
  /** Tables, with `run` among them. */
  readonly from: RawBuilder<unknown>
  /** With those of the clauses. */
  readonly conditions: readonly RawBuilder<unknown>[]
  /** The order within the phase. */
  readonly keys: readonly SortKey[]
  /** What a page token remembers of a row of this phase. */
  toTokenValues(values: readonly SortValue[]): SortValue[]
  /** Present: a look at the data of these experiments says which phases stand for this one. */
  split?(db: Kysely<Database>, experimentIds: readonly ExperimentKey[]): Promise<readonly OrderPhase[]>
}

export interface RunSort {
  /** Tells orders apart in page tokens. */
  readonly signature: string
  readonly tokenTypes: readonly SortType[]
  /** The phases after a page token's row, all of them without one. */
  phasesAfter(token: readonly SortValue[] | undefined): OrderPhase[]
}

const TIE_BREAKERS: readonly RunOrder[] = [
  { kind: 'attribute', attribute: 'start_time', direction: 'desc' },
  { kind: 'attribute', attribute: 'run_id', direction: 'asc' },
]

type MetricClause = Extract<RunClause, { readonly kind: 'metric' }>
type EntryOrder = Exclude<RunOrder, { readonly kind: 'attribute' }>

const TABLES = { metric: sql`run_metric`, param: sql`run_param`, tag: sql`run_tag` }

/** The order by these and the tie-breakers, of the runs that meet the clauses. */
export const toRunSort = (orders: readonly RunOrder[], clauses: readonly RunClause[], keyIdOf: KeyIdOf): RunSort => {
  const complete = [
    ...orders,
    ...TIE_BREAKERS.filter((order) => !orders.some((given) => isSameAttribute(given, order))),
  ]
  const signature = orderSignature(['runs', complete])
  const [first, ...later] = complete
  return first === undefined || first.kind === 'attribute'
    ? { signature, ...sortByAttributes(complete, clauses, keyIdOf) }
    : { signature, ...sortByEntry(first, later, clauses, keyIdOf) }
}

const sortByAttributes = (
  orders: readonly RunOrder[],
  clauses: readonly RunClause[],
  keyIdOf: KeyIdOf,
): Omit<RunSort, 'signature'> => {
  const filters = clauses.map((clause) => toRunCondition(clause, keyIdOf))
  const keys = orders.flatMap(toSortKeys)
  return {
    tokenTypes: keys.map(({ type }) => type),
    phasesAfter: (token) => [
      {
        from: sql`run ${toJoins(orders, keyIdOf)}`,
        conditions: [...filters, ...(token === undefined ? [] : [isAfter(keys, token)])],
        keys,
        toTokenValues: (values) => [...values],
      },
    ],
  }
}

interface EntryPhase {
  readonly from: RawBuilder<unknown>
  readonly conditions: readonly RawBuilder<unknown>[]
  /** The entry's own place in the order; none where all runs of the phase are equal by it. */
  readonly key?: SortKey
}

interface EmptyPhase {
  readonly from: RawBuilder<unknown>
  readonly conditions?: undefined
  readonly key?: undefined
}

const EMPTY_PHASE: EmptyPhase = { from: sql`run` }

/** A token has the phase's number, the entry's value (0 or empty where it has none) and the later sort values. */
const sortByEntry = (
  first: EntryOrder,
  later: readonly RunOrder[],
  clauses: readonly RunClause[],
  keyIdOf: KeyIdOf,
): Omit<RunSort, 'signature'> => {
  const laterKeys = later.flatMap(toSortKeys)
  const joins = toJoins(later, keyIdOf)
  const isOwn = (clause: RunClause): clause is MetricClause =>
    first.kind === 'metric' && clause.kind === 'metric' && clause.key === first.key
  const filters = clauses.filter((clause) => !isOwn(clause)).map((clause) => toRunCondition(clause, keyIdOf))
  const phases = toEntryPhases(first, keyIdOf(first.key), clauses.filter(isOwn))
  const none = first.kind === 'metric' ? 0 : ''
  return {
    tokenTypes: ['int', first.kind === 'metric' ? 'float8' : 'text', ...laterKeys.map(({ type }) => type)],
    phasesAfter: (token) => {
      const [rank, value, ...rest] = token ?? []
      return phases.flatMap(({ from, conditions, key }, index): OrderPhase[] => {
        if (conditions === undefined || (typeof rank === 'number' && index < rank)) return []
        const keys = key === undefined ? laterKeys : [key, ...laterKeys]
        const toPhase = (...more: readonly RawBuilder<unknown>[]): OrderPhase => ({
          from: sql`${from} ${joins}`,
          conditions: [...conditions, ...filters, ...more],
          keys,
          toTokenValues: (values) => [index, ...(key === undefined ? [none] : []), ...values],
        })
        const isResumed = index === rank && value !== undefined
        const phase = isResumed ? toPhase(isAfter(keys, key === undefined ? rest : [value, ...rest])) : toPhase()
        if (first.kind === 'metric' || key === undefined) return [phase]
        const order: TextOrder = {
          table: first.kind === 'param' ? 'run_param' : 'run_tag',
          keyId: keyIdOf(first.key),
          direction: first.direction,
          walk: toPhase,
          from: sql`run ${joins}`,
          filters,
          laterKeys,
          toTokenValues: (text, values) => [index, text, ...values],
        }
        return [splitByTies(order, isResumed ? { phase, value: String(value), later: rest } : undefined)]
      })
    },
  }
}

/** In the order of their numbers in tokens. A phase that the clauses on the entry itself leave empty has no conditions. */
const toEntryPhases = (
  { kind, direction }: EntryOrder,
  keyId: number,
  own: readonly MetricClause[],
): (EntryPhase | EmptyPhase)[] => {
  const table = TABLES[kind]
  const value = sql`ordered.value`
  const from = sql`${table} as ordered join run on run.id = ordered.run_id and run.experiment_id = ordered.experiment_id`
  const isKey = sql`ordered.key_id = ${keyId}::int`
  const without: EntryPhase = {
    from: sql`run`,
    conditions: [
      sql`not exists (select from ${table} as entry where entry.run_id = run.id and entry.key_id = ${keyId}::int)`,
    ],
  }
  if (kind !== 'metric') {
    const indexed = { expression: sql`ordered.head`, of: headOf }
    const text = indexedValue(kind === 'param' ? 'run_param' : 'run_tag', 'ordered')
    return [{ from, conditions: [isKey], key: { ...textSort(text, direction), indexed } }, without]
  }
  return [
    {
      from,
      // NaN is the greatest float8 of Postgres.
      conditions: [isKey, sql`${value} < 'NaN'`, ...own.map(({ comparison }) => compareNumber(value, comparison))],
      key: { expression: value, type: 'float8', direction },
    },
    own.every(({ comparison }) => holdsForNaN(comparison))
      ? { from, conditions: [isKey, sql`${value} = 'NaN'`] }
      : EMPTY_PHASE,
    own.length === 0 ? without : EMPTY_PHASE,
  ]
}

const isSameAttribute = (a: RunOrder, b: RunOrder): boolean =>
  a.kind === 'attribute' && b.kind === 'attribute' && a.attribute === b.attribute

const toJoins = (orders: readonly RunOrder[], keyIdOf: KeyIdOf): RawBuilder<unknown> =>
  sql.join(
    orders.map((order, index) => {
      if (order.kind === 'attribute') return sql``
      const alias = sql.ref(`order_${index}`)
      return sql`left join ${TABLES[order.kind]} as ${alias} on ${alias}.run_id = run.id and ${alias}.key_id = ${keyIdOf(order.key)}::int`
    }),
    sql` `,
  )

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
  const column = RUN_COLUMNS[attribute]
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
