import type { Logger, TrackingStore } from '@tidemill/core'
import { appendToUri } from '@tidemill/core'
import type { OpenDatabase } from './database/open-database.ts'
import { createEntityKeys } from './queries/entity-key.ts'
import { insertDefaultExperiment } from './queries/experiment.ts'
import { createExperimentSettler } from './settling/settle-experiments.ts'
import { startSettler } from './settling/settler.ts'
import { createExperimentStore } from './tracking/experiment-store.ts'
import { createMetricHistoryReader } from './tracking/metric-history.ts'
import { createRunDataStore } from './tracking/run-data-store.ts'
import { createRunLinksStore } from './tracking/run-links-store.ts'
import { createRunReader } from './tracking/run-reader.ts'
import { createRunStore } from './tracking/run-store.ts'
import { createRunWriter } from './write-path/run-writer.ts'

export interface TrackingStoreOptions {
  /** URI or path below which an experiment without a location of its own keeps its artifacts. */
  readonly defaultArtifactRoot: string
  /** Hears of failures of the background work, which is tried again. */
  readonly logger?: Logger
}

/**
 * The tracking store over an open database. Makes the experiment Default when there is no experiment. Settles runs in
 * the background until the database closes.
 */
export const createTrackingStore = async (
  database: OpenDatabase,
  { defaultArtifactRoot, logger }: TrackingStoreOptions,
): Promise<TrackingStore> => {
  const { db } = database
  await insertDefaultExperiment(db, appendToUri(defaultArtifactRoot, '0'))
  const keys = createEntityKeys(db)
  const settler = startSettler(database, logger)
  database.onClosing(() => settler.stop())
  const writer = createRunWriter(database, keys, settler.noteWritten)
  return {
    ...createExperimentStore(db, defaultArtifactRoot),
    ...createRunStore(database, writer),
    ...createRunDataStore(db, writer),
    ...createRunReader(database, keys, { settleExperiments: createExperimentSettler(db) }),
    ...createMetricHistoryReader(database, keys),
    ...createRunLinksStore(db, keys),
  }
}
