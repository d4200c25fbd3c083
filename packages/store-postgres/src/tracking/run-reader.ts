import type { Run, RunSearch, TrackingStore } from '@tidemill/core'
import type { OpenDatabase, Statement } from '../database/open-database.ts'
import type { EntityKeys } from '../queries/entity-key.ts'
import { readRunParts, toRunInfo } from '../queries/run-data.ts'
import { completeRunJsons, RUN_JSON, RUN_JSON_JOINS } from '../queries/run-json.ts'
import { FOUND_RUN_COLUMNS, type FoundRunRow, type PreparedRunSearch, prepareRunSearch } from '../queries/search-run.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { toExperimentKeys, toRunId } from './identifiers.ts'
import { noRun } from './refusals.ts'

export type RunReader = Pick<TrackingStore, 'getRun' | 'searchRuns' | 'getRunJson' | 'searchRunsJson'>

export interface RunReaderOptions {
  /** Brings `run_metric` up to date for the runs of these experiments (keys inside the database). */
  readonly settleExperiments: (experimentKeys: readonly ExperimentKey[]) => Promise<void>
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
  searchRuns: async (search) => {
    const prepared = await prepareSearch(options, search)
    const { rows, ...page } = await prepared.rows(database.db, keys)
    return { ...page, items: await toRuns(database, keys, rows) }
  },
  getRunJson: async (runId) => {
    const rows = await database.query<{ readonly json: string }>(FIND_RUN_JSON, [toRunId(runId)])
    const [json] = await completeRunJsons(
      database.db,
      keys,
      rows.map((row) => row.json),
    )
    if (json === undefined) throw noRun(runId)
    return json
  },
  searchRunsJson: async (search) => {
    const prepared = await prepareSearch(options, search)
    const { texts, ...page } = await prepared.texts(database.db, keys)
    return { ...page, items: await completeRunJsons(database.db, keys, texts) }
  },
})

type Reading = Pick<OpenDatabase, 'db' | 'query'>

const FIND_RUN: Statement = {
  name: 'find_run',
  text: `select ${FOUND_RUN_COLUMNS} from run where run.run_id = $1`,
}

const FIND_RUN_JSON: Statement = {
  name: 'find_run_json',
  text: `select ${RUN_JSON} as json from run ${RUN_JSON_JOINS} where run.run_id = $1`,
}

/** Empty when there is none. */
const findRun = (database: Reading, runId: string): Promise<FoundRunRow[]> =>
  database.query<FoundRunRow>(FIND_RUN, [toRunId(runId)])

/** A run that is purged while it is read is left out. */
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

const prepareSearch = async (
  { settleExperiments }: RunReaderOptions,
  search: RunSearch,
): Promise<PreparedRunSearch> => {
  const experimentKeys = toExperimentKeys(search.experimentIds)
  const prepared = prepareRunSearch(experimentKeys, search)
  if (prepared.usesMetrics && experimentKeys.length > 0) await settleExperiments(experimentKeys)
  return prepared
}
