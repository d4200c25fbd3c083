import type { RunBatch } from '@tidemill/core'
import type { OpenDatabase } from '../database/open-database.ts'
import type { EntityKeys } from '../queries/entity-key.ts'
import { isUniqueViolation, retryOnConflict } from '../queries/retry-on-conflict.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { type KeyedBatch, partsOf, toBatchValues } from './batch-arrays.ts'
import { type BatchRow, batchStatement } from './batch-statement.ts'
import { createGroupCommit } from './group-commit.ts'
import { mergeBatches, toKeyedBatch } from './merge-batches.ts'

export type BatchOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'absent' }
  /** Nothing was written. */
  | { readonly kind: 'deleted' }
  /** Params that have another value. Nothing was written. */
  | { readonly kind: 'params_changed'; readonly changed: readonly { readonly keyId: number; readonly value: string }[] }

export interface WrittenRun {
  readonly runKey: number
  readonly experimentId: ExperimentKey
}

const MAX_WAITING_BYTES = 64 * 1024 * 1024
const MAX_BATCHES_PER_RUN = 256
const BYTES_PER_ITEM = 64

/** Batches of runs, many in one commit. `onWritten` hears which runs changed. */
export const createBatchWriter = (
  database: OpenDatabase,
  keys: EntityKeys,
  onWritten: (runs: readonly WrittenRun[]) => void,
): ((runId: string, batch: RunBatch) => Promise<{ readonly outcome: BatchOutcome; readonly batch: KeyedBatch }>) => {
  const commit = createGroupCommit<KeyedBatch, BatchOutcome>({
    flush: (batches) => writeBatches(database, batches, onWritten),
    keyOf: ({ runId }) => runId,
    sizeOf: byteSize,
    maxInFlight: database.kind === 'pglite' ? 1 : 2,
    maxPerKey: MAX_BATCHES_PER_RUN,
    maxBytes: MAX_WAITING_BYTES,
  })
  return async (runId, given) => {
    const batch = await toKeyedBatch(keys, runId, given)
    return { outcome: await commit(batch), batch }
  }
}

const byteSize = ({ metrics, params, tags }: KeyedBatch): number =>
  [params, tags].flat().reduce((sum, { value }) => sum + value.length, 0) +
  BYTES_PER_ITEM * (1 + metrics.length + params.length + tags.length)

const writeBatches = async (
  database: OpenDatabase,
  batches: readonly KeyedBatch[],
  onWritten: (runs: readonly WrittenRun[]) => void,
): Promise<BatchOutcome[]> => {
  const outcomes = new Map<KeyedBatch, BatchOutcome>()
  let waiting = batches
  while (waiting.length > 0) {
    const merged = mergeByRun(waiting)
    const results = await writeMerged(database, merged, onWritten)
    const later: KeyedBatch[] = []
    for (const [index, { members, rest }] of merged.entries()) {
      const outcome = results[index] ?? { kind: 'absent' }
      if (outcome.kind === 'params_changed' && members.length > 1) {
        // Only some of them changed a param: one after the other shows which.
        for (const member of members) {
          const [alone] = await writeMerged(database, [{ batch: member, members: [member], rest: [] }], onWritten)
          outcomes.set(member, alone ?? { kind: 'absent' })
        }
      } else {
        for (const member of members) outcomes.set(member, outcome)
      }
      later.push(...rest)
    }
    waiting = later
  }
  return batches.map((batch) => outcomes.get(batch) ?? { kind: 'absent' })
}

interface Merged {
  readonly batch: KeyedBatch
  readonly members: readonly KeyedBatch[]
  /** What did not go together with the members. */
  readonly rest: readonly KeyedBatch[]
}

const mergeByRun = (batches: readonly KeyedBatch[]): Merged[] => {
  const byRun = new Map<string, [KeyedBatch, ...KeyedBatch[]]>()
  for (const batch of batches) {
    const others = byRun.get(batch.runId)
    if (others === undefined) byRun.set(batch.runId, [batch])
    else others.push(batch)
  }
  return [...byRun.values()].map((ofRun) => {
    const { batch, count } = mergeBatches(ofRun)
    return { batch, members: ofRun.slice(0, count), rest: ofRun.slice(count) }
  })
}

const writeMerged = async (
  database: OpenDatabase,
  merged: readonly Merged[],
  onWritten: (runs: readonly WrittenRun[]) => void,
): Promise<BatchOutcome[]> => {
  const batches = merged.map(({ batch }) => batch)
  const parts = partsOf(batches)
  const values = toBatchValues(batches, parts)
  const rows = await retryOnConflict(() => database.query<BatchRow>(batchStatement(parts), values), isParamRace)
  const outcomes = batches.map((): BatchOutcome => ({ kind: 'absent' }))
  const written: WrittenRun[] = []
  for (const row of rows) {
    const outcome = toOutcome(row)
    outcomes[row.ord - 1] = outcome
    if (outcome.kind === 'written') written.push({ runKey: row.run_key, experimentId: row.experiment_id })
  }
  onWritten(written)
  return outcomes
}

/** Another process made the same param while this statement waited for the run: the next one sees it. */
const isParamRace = isUniqueViolation

const toOutcome = ({ is_active, changed }: BatchRow): BatchOutcome => {
  if (!is_active) return { kind: 'deleted' }
  if (changed === null) return { kind: 'written' }
  return { kind: 'params_changed', changed: changed.map(([keyId, value]) => ({ keyId, value })) }
}
