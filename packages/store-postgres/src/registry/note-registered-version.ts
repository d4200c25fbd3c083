import { appendRegisteredVersion, REGISTERED_VERSIONS_TAG } from '@tidemill/core'
import { sql, type Transaction } from 'kysely'
import type { Database } from '../tables/database.ts'

/**
 * Adds a version to the list that its logged model keeps in a tag. The row of the tag is held from reading to writing,
 * so neither another version nor a client's own entry is lost.
 */
export const noteRegisteredVersion = async (
  transaction: Transaction<Database>,
  loggedModelKey: number,
  version: { readonly name: string; readonly version: number },
): Promise<void> => {
  for (;;) {
    const inserted = await sql`
      insert into logged_model_tag (model_id, key, value)
      values (${loggedModelKey}, ${REGISTERED_VERSIONS_TAG}, ${appendRegisteredVersion(undefined, version)})
      on conflict (model_id, key) do nothing
      returning model_id`.execute(transaction)
    if (inserted.rows.length > 0) return
    const tag = await transaction
      .selectFrom('logged_model_tag')
      .select('value')
      .where('model_id', '=', loggedModelKey)
      .where('key', '=', REGISTERED_VERSIONS_TAG)
      .forUpdate()
      .executeTakeFirst()
    // Deleted between the two statements.
    if (tag === undefined) continue
    const value = appendRegisteredVersion(tag.value, version)
    if (value === undefined) return
    await transaction
      .updateTable('logged_model_tag')
      .set({ value })
      .where('model_id', '=', loggedModelKey)
      .where('key', '=', REGISTERED_VERSIONS_TAG)
      .execute()
    return
  }
}
