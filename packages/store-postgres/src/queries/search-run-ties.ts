import type { SortDirection } from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { PLANNED_EACH_TIME } from '../database/statement-names.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { isAfter, type SortKey } from './search-keyset.ts'
import type { SortValue } from './search-page-token.ts'
import { headOf, isShort } from './search-run-filter.ts'
import type { OrderPhase } from './search-run-order.ts'

/** From so many runs of one value on, the newest of them are found sooner among the newest runs than by sorting all. */
const MANY_TIES = 2_000

/** The runs that have a param or tag, ordered by it and the later keys. */
export interface TextOrder {
  readonly table: 'run_param' | 'run_tag'
  readonly keyId: number
  readonly direction: SortDirection
  /** The phase for those whose value meets a condition on `ordered.head`. */
  walk(condition: RawBuilder<unknown>): OrderPhase
  /** Runs alone, with the joins of the later keys. */
  readonly from: RawBuilder<unknown>
  readonly filters: readonly RawBuilder<unknown>[]
  readonly laterKeys: readonly SortKey[]
  toTokenValues(value: string, later: readonly SortValue[]): SortValue[]
}

interface Resumed {
  /** The walk from the token's row on. */
  readonly phase: OrderPhase
  readonly value: string
  readonly later: readonly SortValue[]
}

/**
 * A phase that looks at the next value first: one that many runs have becomes a phase of its own, and so on; from the
 * first value that few have on, the index of values is walked.
 */
export const splitByTies = (order: TextOrder, resumed: Resumed | undefined): OrderPhase => {
  const walk = resumed?.phase ?? order.walk(sql`true`)
  const bound = resumed === undefined ? undefined : { value: resumed.value, isIncluded: true }
  return splitFrom(order, walk, bound, resumed)
}

interface Bound {
  readonly value: string
  readonly isIncluded: boolean
}

const splitFrom = (
  order: TextOrder,
  walk: OrderPhase,
  bound: Bound | undefined,
  resumed: Resumed | undefined,
): OrderPhase => ({
  ...walk,
  split: async (db, [experimentId, ...others]) => {
    if (experimentId === undefined || others.length > 0) return [walk]
    const next = await findNextValue(db, experimentId, order, bound)
    if (next === undefined || next.ties < MANY_TIES || !isShort(next.head)) return [walk]
    const { head } = next
    const beyond = order.walk(compareHead(order.direction, { value: head, isIncluded: false }))
    return [
      toTiesPhase(order, head, resumed?.value === head ? resumed.later : undefined),
      splitFrom(order, beyond, { value: head, isIncluded: false }, undefined),
    ]
  },
})

const toTiesPhase = (
  { table, keyId, from, filters, laterKeys, toTokenValues }: TextOrder,
  head: string,
  after: readonly SortValue[] | undefined,
): OrderPhase => ({
  from,
  conditions: [
    sql`exists (
      select from ${sql.table(table)} as entry
      where entry.run_id = run.id and entry.experiment_id = run.experiment_id and entry.key_id = ${keyId}::int
        and entry.head = ${head}
    )`,
    ...filters,
    ...(after === undefined ? [] : [isAfter(laterKeys, after)]),
  ],
  keys: laterKeys,
  toTokenValues: (values) => toTokenValues(head, values),
})

const compareHead = (direction: SortDirection, { value, isIncluded }: Bound): RawBuilder<unknown> => {
  const operator = `${direction === 'asc' ? '>' : '<'}${isIncluded ? '=' : ''}`
  return sql`ordered.head ${sql.raw(operator)} ${headOf(sql`${value}::text`)}`
}

const findNextValue = async (
  db: Kysely<Database>,
  experimentId: ExperimentKey,
  { table, keyId, direction }: TextOrder,
  bound: Bound | undefined,
): Promise<{ readonly head: string; readonly ties: number } | undefined> => {
  const isOfKey = (entry: string) =>
    sql`${sql.ref(`${entry}.experiment_id`)} = ${experimentId}::bigint and ${sql.ref(`${entry}.key_id`)} = ${keyId}::int`
  const { rows } = await sql<{ head: string; ties: number }>`${sql.raw(PLANNED_EACH_TIME)}
    select next.head, (
      select count(*)::int from (
        select from ${sql.table(table)} as tied
        where ${isOfKey('tied')} and tied.head = next.head
        limit ${sql.lit(MANY_TIES)}
      ) as ties
    ) as ties
    from (
      select ordered.head from ${sql.table(table)} as ordered
      where ${isOfKey('ordered')} and ${bound === undefined ? sql`true` : compareHead(direction, bound)}
      order by ordered.head ${sql.raw(direction)}
      limit 1
    ) as next`.execute(db)
  return rows[0]
}
