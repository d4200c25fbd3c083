import { toRunDocument } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import { readRunParts } from '../queries/run-data.ts'
import type { Database } from '../tables/database.ts'
import { foldMetrics } from './fold-metrics.ts'

/**
 * Folds the runs' points and writes their documents, in one transaction; runs that somebody else has locked are left
 * for later. Answers the keys of those that are settled or gone.
 */
export const settleRuns = (db: Kysely<Database>, runKeys: readonly number[]): Promise<readonly number[]> =>
  retryOnConflict(() =>
    db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ id: number }>`
        select id from run where id = any(${[...runKeys]}::bigint[]) order by id
        for no key update skip locked`.execute(transaction)
      const locked = rows.map(({ id }) => id)
      await foldMetrics(transaction, locked)
      await writeDocuments(transaction, locked)
      return locked
    }),
  )

const writeDocuments = async (db: Kysely<Database>, runKeys: readonly number[]): Promise<void> => {
  const parts = await readRunParts(db, runKeys)
  const documents = [...parts].map(([runKey, part]) => ({ run_id: runKey, ...toRunDocument(part) }))
  if (documents.length === 0) return
  await sql`
    with settled as (delete from run_unsettled where run_id = any(${documents.map(({ run_id }) => run_id)}::bigint[]))
    insert into run_document (run_id, data, inputs, outputs)
    select * from unnest(
      ${documents.map(({ run_id }) => run_id)}::bigint[], ${documents.map(({ data }) => data)}::text[],
      ${documents.map(({ inputs }) => inputs)}::text[], ${documents.map(({ outputs }) => outputs)}::text[]
    )
    on conflict (run_id) do update
      set data = excluded.data, inputs = excluded.inputs, outputs = excluded.outputs`.execute(db)
}

/** Runs whose documents do not hold, by their keys above `after`. */
export const findUnsettledRuns = async (
  db: Kysely<Database>,
  after: number,
  limit: number,
): Promise<readonly number[]> => {
  const rows = await db
    .selectFrom('run_unsettled')
    .select('run_id')
    .where('run_id', '>', after)
    .orderBy('run_id')
    .limit(limit)
    .execute()
  return rows.map(({ run_id }) => run_id)
}
