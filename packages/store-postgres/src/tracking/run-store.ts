import { randomUUID } from 'node:crypto'
import {
  InvalidParameterValueError,
  lastOfEachKey,
  type LifecycleStage,
  type NewRun,
  type Page,
  resolveRunName,
  type Run,
  RUN_NAME_TAG,
  type RunSearch,
  toStoredTag,
  type TrackingStore,
} from '@tidemill/core'
import type { Kysely } from 'kysely'
import type { EntityKeys } from '../queries/entity-key.ts'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import { findRun, toRunInfo, toRuns } from '../queries/run-data.ts'
import { setRunTags } from '../queries/run-tag.ts'
import { findRunLifecycle, insertRun, setRunLifecycle, updateRun } from '../queries/run.ts'
import { searchRuns } from '../queries/search-run.ts'
import type { Database } from '../tables/database.ts'
import { findExperimentKey, toExperimentKey, toRunId } from './identifiers.ts'
import { noRun, notActive } from './refusals.ts'

export type RunStore = Pick<
  TrackingStore,
  'createRun' | 'getRun' | 'updateRun' | 'deleteRun' | 'restoreRun' | 'searchRuns'
>

export const createRunStore = (db: Kysely<Database>, keys: EntityKeys): RunStore => ({
  createRun: (run) => createRun(db, keys, run),
  getRun: async (runId) => {
    const row = await findRun(db, toRunId(runId))
    const [run] = row === undefined ? [] : await toRuns([row], keys)
    if (run === undefined) throw noRun(runId)
    return run
  },
  updateRun: async (runId, update) => {
    const nameKeyId = (await keys.idsOf([RUN_NAME_TAG])).get(RUN_NAME_TAG)
    if (nameKeyId === undefined) throw new Error(`The key dictionary has no '${RUN_NAME_TAG}'`)
    const row = await retryOnConflict(() => updateRun(db, toRunId(runId), update, nameKeyId))
    if (row === undefined) throw await refusalOfRun(db, runId)
    return toRunInfo(row)
  },
  deleteRun: (runId) => setLifecycle(db, runId, 'deleted'),
  restoreRun: (runId) => setLifecycle(db, runId, 'active'),
  searchRuns: (search) => searchPage(db, keys, search),
})

/** Why a write found no active run with this id. */
const refusalOfRun = async (db: Kysely<Database>, runId: string): Promise<Error> => {
  const stage = await findRunLifecycle(db, runId)
  return stage === undefined ? noRun(runId) : notActive('run', runId)
}

const createRun = async (db: Kysely<Database>, keys: EntityKeys, run: NewRun): Promise<Run> => {
  const experimentKey = toExperimentKey(run.experimentId)
  const { name, tags: given } = resolveRunName(run, Math.random)
  const tags = lastOfEachKey(given).map(toStoredTag)
  const runId = randomUUID().replaceAll('-', '')
  const userId = run.userId ?? ''
  const keyIds = await keys.idsOf(tags.map(({ key }) => key))
  const row = await retryOnConflict(() =>
    db.transaction().execute(async (transaction) => {
      const inserted = await insertRun(transaction, {
        runId,
        experimentId: experimentKey,
        name,
        userId,
        status: 'RUNNING',
        ...(run.startTime === undefined ? {} : { startTime: run.startTime }),
      })
      await setRunTags(transaction, inserted.id, tags, keyIds)
      return inserted
    }),
  )
  return {
    info: {
      runId,
      runName: name,
      experimentId: run.experimentId,
      userId,
      status: 'RUNNING',
      startTime: row.start_time,
      artifactUri: row.artifact_uri,
      lifecycleStage: 'active',
    },
    metrics: [],
    params: [],
    tags: tags.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    inputs: { datasets: [], modelIds: [] },
    modelOutputs: [],
  }
}

const setLifecycle = async (db: Kysely<Database>, runId: string, stage: LifecycleStage): Promise<void> => {
  const isFound = await retryOnConflict(() => setRunLifecycle(db, toRunId(runId), stage))
  if (!isFound) throw noRun(runId)
}

const searchPage = async (db: Kysely<Database>, keys: EntityKeys, search: RunSearch): Promise<Page<Run>> => {
  const experimentKeys = new Set<number>()
  for (const experimentId of search.experimentIds) {
    if (!/^-?\d+$/.test(experimentId)) {
      throw new InvalidParameterValueError(
        `Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`,
      )
    }
    const key = findExperimentKey(experimentId)
    if (key !== undefined) experimentKeys.add(key)
  }
  const { rows, nextPageToken } = await searchRuns(db, [...experimentKeys], search)
  return { items: await toRuns(rows, keys), ...(nextPageToken === undefined ? {} : { nextPageToken }) }
}
