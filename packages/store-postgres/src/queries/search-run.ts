import {
  type LifecycleStage,
  parseRunFilter,
  parseRunOrderBy,
  type RunDocument,
  type RunOrder,
  type RunSearch,
  type ViewType,
} from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { PLANNED_EACH_TIME } from '../database/statement-names.ts'
import type { Database } from '../tables/database.ts'
import type { EntityKeys } from './entity-key.ts'
import { type RunInfoRow, RUN_INFO_COLUMNS } from './run-data.ts'
import { orderBy, orderByColumns, sortColumns, sortValuesOf } from './search-keyset.ts'
import { parsePageToken, toPageToken } from './search-page-token.ts'
import type { SearchPage } from './search-page.ts'
import type { KeyIdOf } from './search-run-filter.ts'
import { type OrderPhase, toRunSort } from './search-run-order.ts'

/** A run's own row, and its document where that is up to date; the other columns of the document are null too then. */
export interface FoundRunRow extends RunInfoRow, Omit<RunDocument, 'data'> {
  /** The key inside the database. */
  readonly id: number
  readonly data: string | null
}

/** Columns of `FoundRunRow`, and the joins to `run` that they need. */
export const FOUND_RUN_COLUMNS = `run.id, ${RUN_INFO_COLUMNS},
  case when run_unsettled.run_id is null then run_document.data end as data, run_document.inputs, run_document.outputs`
export const FOUND_RUN_JOINS = `
  left join run_document on run_document.run_id = run.id left join run_unsettled on run_unsettled.run_id = run.id`

/** Key ids start at 1. */
const NO_KEY = -1

/** A search whose texts are parsed: running it cannot fail for what the caller wrote. */
export interface PreparedRunSearch {
  /** It reads `run_metric`, which lacks the latest points of unsettled runs. */
  readonly usesMetrics: boolean
  run(db: Kysely<Database>, keys: EntityKeys): Promise<SearchPage<FoundRunRow>>
}

/** Throws InvalidParameterValueError for a filter, order or page token that is none, with MLflow's texts. */
export const prepareRunSearch = (experimentIds: readonly number[], search: RunSearch): PreparedRunSearch => {
  const clauses = parseRunFilter(search.filter)
  const orders = parseRunOrderBy(search.orderBy)
  const { signature, tokenTypes } = toRunSort(orders, clauses, () => NO_KEY)
  const token = parsePageToken(search.pageToken, signature, tokenTypes)
  const keyed = [...clauses, ...orders]
  return {
    usesMetrics: keyed.some(({ kind }) => kind === 'metric'),
    run: async (db, keys) => {
      if (experimentIds.length === 0) return { rows: [] }
      const keyIds = await keys.findIdsOf(keyed.flatMap((part) => (isKeyed(part) ? [part.key] : [])))
      const keyIdOf: KeyIdOf = (key) => keyIds.get(key) ?? NO_KEY
      const { phasesAfter } = toRunSort(orders, clauses, keyIdOf)
      return readPage(
        db,
        toSlices(experimentIds, search.viewType, orders),
        phasesAfter(token?.values),
        search.maxResults,
        signature,
      )
    },
  }
}

const isKeyed = (part: { readonly kind: string }): part is { readonly kind: string; readonly key: string } =>
  part.kind === 'metric' || part.kind === 'param' || part.kind === 'tag' || part.kind === 'presence'

/** Runs of one experiment and some lifecycle stages. */
interface Slice {
  readonly experimentId: number
  readonly stages: readonly LifecycleStage[]
}

/**
 * What is read apart and put together in order. The index of the newest runs has one order for each experiment and
 * stage; the others have one for each experiment.
 */
const toSlices = (
  experimentIds: readonly number[],
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

/** Phase after phase until the page is full, and one row more: it says that there is a next page. */
const readPage = async (
  db: Kysely<Database>,
  slices: readonly Slice[],
  phases: readonly OrderPhase[],
  maxResults: number,
  order: string,
): Promise<SearchPage<FoundRunRow>> => {
  const rows: FoundRunRow[] = []
  let nextPageToken: string | undefined
  for (const phase of phases) {
    const found = await readPhase(db, slices, phase, maxResults + 1 - rows.length)
    const kept = found.slice(0, maxResults - rows.length)
    rows.push(...kept)
    const last = kept.at(-1)
    if (last !== undefined) {
      nextPageToken = toPageToken({ order, values: phase.toTokenValues(sortValuesOf(last, phase.keys)) })
    }
    if (found.length > kept.length) return { rows, ...(nextPageToken === undefined ? {} : { nextPageToken }) }
  }
  return { rows }
}

const readPhase = async (
  db: Kysely<Database>,
  slices: readonly Slice[],
  { from, conditions, keys }: OrderPhase,
  limit: number,
): Promise<(FoundRunRow & Record<string, unknown>)[]> => {
  const select = (experimentId: RawBuilder<unknown>, stage: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    select run.id, ${sortColumns(keys)}
    from ${from}
    where ${sql.join([sql`run.experiment_id = ${experimentId}`, stage, ...conditions], sql` and `)}
    order by ${orderBy(keys)}
    limit ${sql.lit(limit)}`
  const [only, ...others] = slices
  const page =
    only !== undefined && others.length === 0
      ? select(sql`${only.experimentId}::int`, toStageCondition(only.stages.map((stage) => sql`${stage}`)))
      : sql`
          select found.* from unnest(
            ${slices.map(({ experimentId }) => experimentId)}::int[],
            ${slices.map(({ stages }) => stages.join(' '))}::text[]
          ) as slice (experiment_id, stage)
          cross join lateral (${select(sql`slice.experiment_id`, toStageCondition(only?.stages.length === 1 ? [sql`slice.stage`] : []))}) as found
          order by ${orderByColumns(keys)}
          limit ${sql.lit(limit)}`
  const result = await sql<FoundRunRow & Record<string, unknown>>`${sql.raw(PLANNED_EACH_TIME)}
    select ${sql.raw(FOUND_RUN_COLUMNS)}, sorted.*
    from (${page}) as sorted
    join run on run.id = sorted.id
    ${sql.raw(FOUND_RUN_JOINS)}
    order by ${orderByColumns(keys)}`.execute(db)
  return result.rows
}

/** All stages are no condition. */
const toStageCondition = (stages: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  stages.length === 1 ? sql`run.lifecycle_stage = ${stages[0]}` : sql`true`
