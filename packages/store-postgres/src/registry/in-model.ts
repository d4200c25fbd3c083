import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import { nowMs } from '../queries/run.ts'
import type { Database } from '../tables/database.ts'
import { isPromptModel } from './registered-model-row.ts'

export interface LockedModel {
  readonly id: number
  readonly isPrompt: boolean
  /** ms since the epoch, for everything that the transaction stamps. */
  readonly now: number
}

const LOCKS: Readonly<Record<'versions' | 'tags', RawBuilder<unknown>>> = {
  versions: sql`no key update`,
  tags: sql`key share`,
}

/**
 * Runs the work in a transaction that holds the model. Whoever writes versions or aliases of a model locks the model
 * first, so they come one after another and never deadlock; writers of tags only keep it from being deleted or
 * renamed. Undefined when there is no such model.
 */
export const inModel = <T>(
  db: Kysely<Database>,
  name: string,
  what: 'versions' | 'tags',
  work: (transaction: Transaction<Database>, model: LockedModel) => Promise<T>,
): Promise<T | undefined> =>
  retryOnConflict(() =>
    db.transaction().execute(async (transaction) => {
      const { rows } = await sql<LockedModel>`
        select registered_model.id, ${isPromptModel} as "isPrompt", ${nowMs} as now
        from registered_model where registered_model.name = ${name}
        for ${LOCKS[what]} of registered_model`.execute(transaction)
      return rows[0] === undefined ? undefined : work(transaction, rows[0])
    }),
  )
