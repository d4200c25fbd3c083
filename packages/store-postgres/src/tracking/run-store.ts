import { randomUUID } from 'node:crypto'
import {
  appendToUri,
  lastOfEachKey,
  type LifecycleStage,
  type NewRun,
  resolveRunName,
  type Run,
  toRunDocument,
  toStoredTag,
  type TrackingStore,
} from '@tidemill/core'
import type { Kysely } from 'kysely'
import type { OpenDatabase } from '../database/open-database.ts'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import { toRunInfo } from '../queries/run-data.ts'
import { findRunLifecycle, refusalOfExperiment, setRunLifecycle } from '../queries/run.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import type { RunWriter } from '../write-path/run-writer.ts'
import { toExperimentKey, toRunId } from './identifiers.ts'
import { noRun, notActive } from './refusals.ts'

export type RunStore = Pick<TrackingStore, 'createRun' | 'updateRun' | 'deleteRun' | 'restoreRun'>

export const createRunStore = ({ db }: OpenDatabase, writer: RunWriter): RunStore => {
  const locationOf = createLocationFinder(db)
  return {
    createRun: async (run) => {
      const experimentKey = toExperimentKey(run.experimentId)
      const location = await locationOf(experimentKey)
      const created = location === undefined ? 'refused' : await createRun(writer, run, experimentKey, location)
      if (created === 'refused') throw await refusalOfExperiment(db, experimentKey)
      return created
    },
    updateRun: async (runId, update) => {
      const row = await writer.updateRun({ runId: toRunId(runId), update })
      if (row === 'refused') throw await refusalOfRun(db, runId)
      return toRunInfo(row)
    },
    deleteRun: (runId) => setLifecycle(db, runId, 'deleted'),
    restoreRun: (runId) => setLifecycle(db, runId, 'active'),
  }
}

const MAX_CACHED_LOCATIONS = 10_000

/** An experiment's artifact location never changes, so this process asks for it once. */
const createLocationFinder = (db: Kysely<Database>) => {
  const locations = new Map<ExperimentKey, string>()
  return async (experimentKey: ExperimentKey): Promise<string | undefined> => {
    const known = locations.get(experimentKey)
    if (known !== undefined) return known
    const row = await db
      .selectFrom('experiment')
      .select('artifact_location')
      .where('experiment_id', '=', experimentKey)
      .executeTakeFirst()
    if (row === undefined) return undefined
    if (locations.size >= MAX_CACHED_LOCATIONS) locations.clear()
    locations.set(experimentKey, row.artifact_location)
    return row.artifact_location
  }
}

/** Why a write found no active run with this id. */
const refusalOfRun = async (db: Kysely<Database>, runId: string): Promise<Error> => {
  const stage = await findRunLifecycle(db, runId)
  return stage === undefined ? noRun(runId) : notActive('run', runId)
}

const createRun = async (
  writer: RunWriter,
  run: NewRun,
  experimentId: ExperimentKey,
  location: string,
): Promise<Run | 'refused'> => {
  const { name, tags: given } = resolveRunName(run, Math.random)
  const tags = lastOfEachKey(given)
    .map(toStoredTag)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const parts = { metrics: [], params: [], tags, inputs: { datasets: [], modelIds: [] }, modelOutputs: [] }
  const runId = randomUUID().replaceAll('-', '')
  const userId = run.userId ?? ''
  const artifactUri = appendToUri(location, runId, 'artifacts')
  const created = await writer.createRun({
    runId,
    experimentId,
    name,
    userId,
    ...(run.startTime === undefined ? {} : { startTime: run.startTime }),
    artifactUri,
    tags,
    document: toRunDocument(parts).data,
  })
  if (created === 'refused') return created
  return {
    info: {
      runId,
      runName: name,
      experimentId: String(experimentId),
      userId,
      status: 'RUNNING',
      startTime: created.startTime,
      artifactUri,
      lifecycleStage: 'active',
    },
    ...parts,
  }
}

const setLifecycle = async (db: Kysely<Database>, runId: string, stage: LifecycleStage): Promise<void> => {
  const isFound = await retryOnConflict(() => setRunLifecycle(db, toRunId(runId), stage))
  if (!isFound) throw noRun(runId)
}
