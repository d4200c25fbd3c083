import { RUN_NAME_TAG, type RunBatch } from '@tidemill/core'
import type { OpenDatabase } from '../database/open-database.ts'
import { type EntityKeys, keyIdsOf } from '../queries/entity-key.ts'
import type { KeyedBatch } from './batch-arrays.ts'
import { createRunCreator, type RunCreation, type RunToCreate } from './create-runs.ts'
import { createRunUpdater, type RunToUpdate, type RunUpdateOutcome } from './update-runs.ts'
import { type BatchOutcome, createBatchWriter, type WrittenRun } from './write-batches.ts'

/** The hot writes. Each promise resolves after the commit; what fails for one caller fails for no other. */
export interface RunWriter {
  writeBatch(
    runId: string,
    batch: RunBatch,
  ): Promise<{ readonly outcome: BatchOutcome; /** As written. */ readonly batch: KeyedBatch }>
  createRun(run: RunToCreate): Promise<RunCreation>
  updateRun(update: RunToUpdate): Promise<RunUpdateOutcome>
}

/** `onWritten` hears of runs whose data changed, after the commit. */
export const createRunWriter = (
  database: OpenDatabase,
  keys: EntityKeys,
  onWritten: (runs: readonly WrittenRun[]) => void,
): RunWriter => {
  const nameKeyIds = () => keyIdsOf(keys, [{ key: RUN_NAME_TAG }])
  return {
    writeBatch: createBatchWriter(database, keys, onWritten),
    createRun: createRunCreator(database, keys),
    updateRun: createRunUpdater(database, nameKeyIds, onWritten),
  }
}
