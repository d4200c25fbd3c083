import {
  type LifecycleStage,
  parseRunFilter,
  parseRunOrderBy,
  type RunOrder,
  type RunSearch,
  type ViewType,
} from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { PLANNED_EACH_TIME } from '../database/statement-names.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import type { EntityKeys } from './entity-key.ts'
import { type RunInfoRow, RUN_INFO_COLUMNS } from './run-data.ts'
import { RUN_JSON, RUN_JSON_JOINS } from './run-json.ts'
import { columnsOf, orderBy, orderByColumns, sortColumns, sortValuesOf } from './search-keyset.ts'
import { parsePageToken, type SortValue, toPageToken } from './search-page-token.ts'
import type { SearchPage } from './search-page.ts'
import { type OrderPhase, toRunSort } from './search-run-order.ts'

/** A run's own row; `id` is the key inside the database. */
export interface FoundRunRow extends RunInfoRow {
  readonly id: number
}

export const FOUND_RUN_COLUMNS = `run.id, ${RUN_INFO_COLUMNS}`

/** Key ids start at 1. */
const NO_KEY = -1

/** A search whose texts are parsed: running it cannot fail for what the caller wrote. */
export interface PreparedRunSearch {
  /** It reads `run_metric`, which lacks the latest points of unsettled runs. */
  readonly usesMetrics: boolean
  rows(db: Kysely<Database>, keys: EntityKeys): Promise<SearchPage<FoundRunRow>>
  /** The page as texts of `RUN_JSON`. */
  texts(db: Kysely<Database>, keys: EntityKeys): Promise<TextPage>
}

interface TextPage {
  readonly texts: readonly string[]
  /** Absent on the last page. */
  readonly nextPageToken?: string
}

/** Throws InvalidParameterValueError for a filter, order or page token that is none, with MLflow's texts. */
export const prepareRunSearch = (experimentIds: readonly ExperimentKey[], search: RunSearch): PreparedRunSearch => {
  const clauses = parseRunFilter(search.filter)
  const orders = parseRunOrderBy(search.orderBy)
  const { signature, tokenTypes } = toRunSort(orders, clauses, () => NO_KEY)
  const token = parsePageToken(search.pageToken, signature, tokenTypes)
  const keyed = [...clauses, ...orders]
  const slices = toSlices(experimentIds, search.viewType, orders)
  const read = async <Row>(db: Kysely<Database>, keys: EntityKeys, source: { columns: string; joins: string }) => {
    if (experimentIds.length === 0) return { items: [] }
    const keyIds = await keys.findIdsOf(keyed.flatMap((part) => (isKeyed(part) ? [part.key] : [])))
    const { phasesAfter } = toRunSort(orders, clauses, (key) => keyIds.get(key) ?? NO_KEY)
    return readPage(
      phasesAfter(token?.values),
      search.maxResults,
      signature,
      (phase) => phase.split?.(db, experimentIds),
      (phase, room) => readPhase<Row>(db, slices, phase, room, source),
    )
  }
  return {
    usesMetrics: keyed.some(({ kind }) => kind === 'metric'),
    rows: async (db, keys) => {
      const { items, ...page } = await read<FoundRunRow>(db, keys, { columns: FOUND_RUN_COLUMNS, joins: '' })
      return { ...page, rows: items }
    },
    texts: async (db, keys) => {
      const { items, ...page } = await read<TextRow>(db, keys, {
        columns: `${RUN_JSON} as json`,
        joins: RUN_JSON_JOINS,
      })
      return { ...page, texts: items.map(({ json }) => json) }
    },
  }
}

interface TextRow {
  readonly json: string
}

const isKeyed = (part: { readonly kind: string }): part is { readonly kind: string; readonly key: string } =>
  part.kind === 'metric' || part.kind === 'param' || part.kind === 'tag' || part.kind === 'presence'

/** Runs of one experiment and some lifecycle stages. */
interface Slice {
  readonly experimentId: ExperimentKey
  readonly stages: readonly LifecycleStage[]
}

/**
 * What is read apart and put together in order. The index of the newest runs has one order for each experiment and
 * stage; the others have one for each experiment.
 */
const toSlices = (
  experimentIds: readonly ExperimentKey[],
  viewType: ViewType,
  [first]: readonly RunOrder[],
): readonly Slice[] => {
  const stages = STAGES[viewType]
  const isByTime = first === undefined || (first.kind === 'attribute' && first.attribute === 'start_time')
  return experimentIds.flatMap((experimentId) =>
    isByTime ? stages.map((stage) => ({ experimentId, stages: [stage] })) : [{ experimentId, stages }],
  )
}

const STAGES: Readonly<Record<ViewType, readonly LifecycleStage[]>> = {
  ACTIVE_ONLY: ['active'],
  DELETED_ONLY: ['deleted'],
  ALL: ['active', 'deleted'],
}

/** Rows of a phase for a page that has room for so many more. */
interface PhasePage<Item> {
  readonly items: readonly Item[]
  readonly hasMore: boolean
  /** Of the last of the items. */
  readonly lastValues?: readonly SortValue[]
}

/** Phase after phase until the page is full. */
const readPage = async <Item>(
  phases: readonly OrderPhase[],
  maxResults: number,
  order: string,
  split: (phase: OrderPhase) => Promise<readonly OrderPhase[]> | undefined,
  readPhase: (phase: OrderPhase, room: number) => Promise<PhasePage<Item>>,
): Promise<{ readonly items: readonly Item[]; readonly nextPageToken?: string }> => {
  const pages: (readonly Item[])[] = []
  let room = maxResults
  let nextPageToken: string | undefined
  const waiting = [...phases]
  for (let phase = waiting.shift(); phase !== undefined; phase = waiting.shift()) {
    const parts = await split(phase)
    if (parts !== undefined) {
      waiting.unshift(...parts)
      continue
    }
    const { items, hasMore, lastValues } = await readPhase(phase, room)
    pages.push(items)
    room -= items.length
    if (lastValues !== undefined) nextPageToken = toPageToken({ order, values: phase.toTokenValues(lastValues) })
    if (hasMore) return { items: pages.flat(), ...(nextPageToken === undefined ? {} : { nextPageToken }) }
  }
  return { items: pages.flat() }
}

/** The columns are read from `run` and the joins. One row more than there is room for says that there is a next page. */
const readPhase = async <Row>(
  db: Kysely<Database>,
  slices: readonly Slice[],
  phase: OrderPhase,
  room: number,
  { columns, joins }: { readonly columns: string; readonly joins: string },
): Promise<PhasePage<Row>> => {
  const { rows } = await sql<Row & Readonly<Record<string, unknown>>>`${sql.raw(PLANNED_EACH_TIME)}
    select ${sql.raw(columns)}, ${columnsOf(phase.keys)}
    from (${selectPage(slices, phase, room + 1)}) as sorted
    join run on run.id = sorted.id
    ${sql.raw(joins)}
    order by ${orderByColumns(phase.keys)}`.execute(db)
  const items = rows.slice(0, room)
  const last = items.at(-1)
  return {
    items,
    hasMore: rows.length > room,
    ...(last === undefined ? {} : { lastValues: sortValuesOf(last, phase.keys) }),
  }
}

/** The sort values and keys of the first rows of a phase, in order. */
const selectPage = (
  slices: readonly Slice[],
  { from, conditions, keys }: OrderPhase,
  limit: number,
): RawBuilder<unknown> => {
  const select = (experimentId: RawBuilder<unknown>, stage: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    select run.id, ${sortColumns(keys)}
    from ${from}
    where ${sql.join([sql`run.experiment_id = ${experimentId}`, stage, ...conditions], sql` and `)}
    order by ${orderBy(keys)}
    limit ${sql.lit(limit)}`
  const [only, ...others] = slices
  if (only !== undefined && others.length === 0) {
    return select(sql`${only.experimentId}::bigint`, toStageCondition(only.stages.map((stage) => sql`${stage}`)))
  }
  const stage = toStageCondition(only?.stages.length === 1 ? [sql`slice.stage`] : [])
  return sql`
    select found.* from unnest(
      ${slices.map(({ experimentId }) => experimentId)}::bigint[],
      ${slices.map(({ stages }) => stages.join(' '))}::text[]
    ) as slice (experiment_id, stage)
    cross join lateral (${select(sql`slice.experiment_id`, stage)}) as found
    order by ${orderByColumns(keys)}
    limit ${sql.lit(limit)}`
}

/** All stages are no condition. */
const toStageCondition = (stages: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  stages.length === 1 ? sql`run.lifecycle_stage = ${stages[0]}` : sql`true`
