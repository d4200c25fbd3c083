import { type Kysely, sql, type Transaction } from 'kysely'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import type { Database } from '../tables/database.ts'

/** A transaction whose writes no webhook hears of. It may run more than once. */
export const importing = <T>(
  db: Kysely<Database>,
  work: (transaction: Transaction<Database>) => Promise<T>,
): Promise<T> =>
  retryOnConflict(() =>
    db.transaction().execute(async (transaction) => {
      await sql`select set_config('tidemill.importing', 'on', true)`.execute(transaction)
      return work(transaction)
    }),
  )

/** Values of one column, to be unnested beside others. */
export const textColumn = <Row>(rows: readonly Row[], pick: (row: Row) => string | null) =>
  sql`${rows.map(pick)}::text[]`

export const bigintColumn = <Row>(rows: readonly Row[], pick: (row: Row) => number | string | null) =>
  sql`${rows.map(pick)}::bigint[]`
