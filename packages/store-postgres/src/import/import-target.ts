import type { ImportTarget } from '@tidemill/core'
import type { OpenDatabase } from '../database/open-database.ts'
import { createEntityKeys } from '../queries/entity-key.ts'
import { findExperiment, findExperimentByName, toExperiment } from '../queries/experiment.ts'
import { listMetricPoints } from '../queries/metric-history.ts'
import { byStep, sortPoints } from '../queries/metric-point.ts'
import { settleRuns } from '../settling/settle-runs.ts'
import { findExperimentKey } from '../tracking/identifiers.ts'
import { findLoggedModel, putLoggedModel } from './logged-model.ts'
import { putExperiment } from './put-experiment.ts'
import { putRuns } from './put-runs.ts'
import { findKnownRuns, readRuns } from './read-runs.ts'
import { findRegisteredModel, putRegisteredModel } from './registered-model.ts'

/** Writes what another tracking store kept into this one. Runs are settled as soon as they are written. */
export const createImportTarget = (database: OpenDatabase): ImportTarget => {
  const { db } = database
  const keys = createEntityKeys(db)
  return {
    findExperiment: async (experimentId) => {
      const key = findExperimentKey(experimentId)
      const row = key === undefined ? undefined : await findExperiment(db, key)
      return row === undefined ? undefined : toExperiment(row)
    },
    findExperimentByName: async (name) => {
      const row = await findExperimentByName(db, name)
      return row === undefined ? undefined : toExperiment(row)
    },
    putExperiment: (experiment) => putExperiment(db, experiment),

    findRuns: (runIds) => findKnownRuns(db, runIds),
    putRuns: async (runs) => {
      const { runKeys, outcomes, points } = await putRuns(db, runs)
      // Those that somebody else has locked are settled later, by a server.
      await settleRuns(db, runKeys)
      return { outcomes, points }
    },
    readRuns: (runIds) => readRuns(db, keys, runIds),
    readPoints: async (runId, key) => {
      const keyId = (await keys.findIdsOf([key])).get(key)
      return keyId === undefined ? [] : sortPoints(await listMetricPoints(database, runId, keyId, {}), byStep)
    },

    putLoggedModel: (model) => putLoggedModel(db, model),
    findLoggedModel: (modelId) => findLoggedModel(db, modelId),

    putRegisteredModel: (model) => putRegisteredModel(db, model),
    findRegisteredModel: (name) => findRegisteredModel(db, name),
  }
}
