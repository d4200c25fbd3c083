import type { TrackingStore } from '@tidemill/core'
import { appendToUri } from '@tidemill/core'
import type { OpenDatabase } from './database/open-database.ts'
import { createEntityKeys } from './queries/entity-key.ts'
import { insertDefaultExperiment } from './queries/experiment.ts'
import { createExperimentStore } from './tracking/experiment-store.ts'
import { createRunDataStore } from './tracking/run-data-store.ts'
import { createRunLinksStore } from './tracking/run-links-store.ts'
import { createRunReader } from './tracking/run-reader.ts'
import { createRunStore } from './tracking/run-store.ts'

export interface TrackingStoreOptions {
  /** URI or path below which an experiment without a location of its own keeps its artifacts. */
  readonly defaultArtifactRoot: string
}

/** The tracking store over an open database. Makes the experiment Default when there is no experiment. */
export const createTrackingStore = async (
  { db }: OpenDatabase,
  { defaultArtifactRoot }: TrackingStoreOptions,
): Promise<TrackingStore> => {
  await insertDefaultExperiment(db, appendToUri(defaultArtifactRoot, '0'))
  const keys = createEntityKeys(db)
  return {
    ...createExperimentStore(db, defaultArtifactRoot),
    ...createRunStore(db, keys),
    ...createRunDataStore(db, keys),
    ...createRunReader(),
    ...createRunLinksStore(),
  }
}
