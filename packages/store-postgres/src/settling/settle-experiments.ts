import { type Kysely, sql } from 'kysely'
import { coalesce } from '../queries/engine/coalesce.ts'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { foldMetrics, groupByTail } from './fold-metrics.ts'

/** Runs folded in one transaction, which holds their locks. */
const RUNS_PER_TRANSACTION = 200

/**
 * Brings `run_metric` up to date with every write acknowledged before the call, for the runs of these experiments
 * (keys inside the database). Calls that come while one is under way share the next one.
 */
export const createExperimentSettler = (
  db: Kysely<Database>,
): ((experimentKeys: readonly ExperimentKey[]) => Promise<void>) => {
  const settle = coalesce(async (calls: readonly (readonly ExperimentKey[])[]) => {
    await foldExperiments(db, [...new Set(calls.flat())])
    return calls.map(() => true)
  })
  return async (experimentKeys) => {
    await settle(experimentKeys)
  }
}

const foldExperiments = async (db: Kysely<Database>, experimentKeys: readonly ExperimentKey[]): Promise<void> => {
  const waiting = await findRunsToFold(db, experimentKeys)
  if (waiting.length === 0) return
  for (const runKeys of await groupByTail(db, waiting, RUNS_PER_TRANSACTION)) {
    await retryOnConflict(() =>
      db.transaction().execute(async (transaction) => {
        // Waits for those who hold one: their points count.
        await sql`select from run where id = any(${runKeys}::bigint[]) order by id for no key update`.execute(
          transaction,
        )
        await foldMetrics(transaction, runKeys)
      }),
    )
  }
}

const findRunsToFold = async (db: Kysely<Database>, experimentKeys: readonly ExperimentKey[]): Promise<number[]> => {
  const { rows } = await sql<{ id: number }>`
    select run.id
    from run_unsettled join run on run.id = run_unsettled.run_id
    where run_unsettled.experiment_id = any(${[...experimentKeys]}::bigint[])
      and exists (
        select from metric_chunk as chunk
        where chunk.run_id = run.id and chunk.key_id is null and chunk.id > run.settled_chunk
      )
    order by run.id`.execute(db)
  return rows.map(({ id }) => id)
}
