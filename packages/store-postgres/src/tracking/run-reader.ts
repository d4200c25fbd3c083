import {
  InvalidParameterValueError,
  type Page,
  type Run,
  type RunSearch,
  toRunDocument,
  toRunJson,
  type TrackingStore,
} from '@tidemill/core'
import type { OpenDatabase, Statement } from '../database/open-database.ts'
import type { EntityKeys } from '../queries/entity-key.ts'
import { readRunParts, toRunInfo } from '../queries/run-data.ts'
import type { SearchPage } from '../queries/search-page.ts'
import { FOUND_RUN_COLUMNS, FOUND_RUN_JOINS, type FoundRunRow, prepareRunSearch } from '../queries/search-run.ts'
import { findExperimentKey, toRunId } from './identifiers.ts'
import { noRun } from './refusals.ts'

export type RunReader = Pick<TrackingStore, 'getRun' | 'searchRuns' | 'getRunJson' | 'searchRunsJson'>

export interface RunReaderOptions {
  /** Brings `run_metric` up to date for the runs of these experiments (keys inside the database). */
  readonly settleExperiments: (experimentKeys: readonly number[]) => Promise<void>
}

/** Reads runs: a settled one from its document, the others from their rows, so that every write is seen at once. */
export const createRunReader = (
  database: Pick<OpenDatabase, 'db' | 'query'>,
  keys: EntityKeys,
  options: RunReaderOptions,
): RunReader => ({
  getRun: async (runId) => {
    const [run] = await toRuns(database, keys, await findRun(database, runId))
    if (run === undefined) throw noRun(runId)
    return run
  },
  searchRuns: async (search) =>
    toPage(await searchRuns(database, keys, options, search), (rows) => toRuns(database, keys, rows)),
  getRunJson: async (runId) => {
    const [json] = await toRunJsons(database, keys, await findRun(database, runId))
    if (json === undefined) throw noRun(runId)
    return json
  },
  searchRunsJson: async (search) =>
    toPage(await searchRuns(database, keys, options, search), (rows) => toRunJsons(database, keys, rows)),
})

type Reading = Pick<OpenDatabase, 'db' | 'query'>

const FIND_RUN: Statement = {
  name: 'find_run',
  text: `select ${FOUND_RUN_COLUMNS} from run ${FOUND_RUN_JOINS} where run.run_id = $1`,
}

/** Empty when there is none. */
const findRun = (database: Reading, runId: string): Promise<FoundRunRow[]> =>
  database.query<FoundRunRow>(FIND_RUN, [toRunId(runId)])

const toRuns = async ({ db }: Reading, keys: EntityKeys, rows: readonly FoundRunRow[]): Promise<Run[]> => {
  const parts = await readRunParts(
    db,
    rows.map(({ id }) => id),
    keys,
  )
  return rows.flatMap((row) => {
    const found = parts.get(row.id)
    return found === undefined ? [] : [{ info: toRunInfo(row), ...found }]
  })
}

/** A run that is purged while it is read is left out. */
const toRunJsons = async ({ db }: Reading, keys: EntityKeys, rows: readonly FoundRunRow[]): Promise<string[]> => {
  const unsettled = rows.flatMap(({ id, data }) => (data === null ? [id] : []))
  const parts = await readRunParts(db, unsettled, keys)
  return rows.flatMap((row) => {
    const { id, data, inputs, outputs } = row
    if (data !== null) return [toRunJson(toRunInfo(row), { data, inputs, outputs })]
    const found = parts.get(id)
    return found === undefined ? [] : [toRunJson(toRunInfo(row), toRunDocument(found))]
  })
}

const searchRuns = async (
  { db }: Reading,
  keys: EntityKeys,
  { settleExperiments }: RunReaderOptions,
  search: RunSearch,
): Promise<SearchPage<FoundRunRow>> => {
  const experimentKeys = toExperimentKeys(search.experimentIds)
  const prepared = prepareRunSearch(experimentKeys, search)
  if (prepared.usesMetrics && experimentKeys.length > 0) await settleExperiments(experimentKeys)
  return prepared.run(db, keys)
}

const toExperimentKeys = (experimentIds: readonly string[]): number[] => {
  const keys = new Set<number>()
  for (const experimentId of experimentIds) {
    if (!/^-?\d+$/.test(experimentId)) {
      throw new InvalidParameterValueError(
        `Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`,
      )
    }
    const key = findExperimentKey(experimentId)
    if (key !== undefined) keys.add(key)
  }
  return [...keys]
}

const toPage = async <Item>(
  { rows, nextPageToken }: SearchPage<FoundRunRow>,
  toItems: (rows: readonly FoundRunRow[]) => Promise<Item[]>,
): Promise<Page<Item>> => ({
  items: await toItems(rows),
  ...(nextPageToken === undefined ? {} : { nextPageToken }),
})
