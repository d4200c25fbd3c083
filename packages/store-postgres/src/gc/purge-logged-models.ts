import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import { BATCH_SIZE, type DeleteArtifacts, type PurgeReport } from './selection.ts'

/** Purges the logged models that fit `condition`, artifacts first, each in a transaction that keeps it from changing. */
export const purgeLoggedModels = async (
  db: Kysely<Database>,
  condition: RawBuilder<boolean>,
  deleteArtifacts: DeleteArtifacts,
  report: PurgeReport,
): Promise<void> => {
  for (let after = 0; ;) {
    const { rows } = await sql<{ id: number }>`
      select id from logged_model where ${condition} and id > ${after} order by id limit ${BATCH_SIZE}`.execute(db)
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
    for (const { id } of rows) {
      const modelId = await db
        .transaction()
        .execute((transaction) => purgeLoggedModel(transaction, id, condition, deleteArtifacts))
      if (modelId !== undefined) report.purged('logged model', modelId)
    }
  }
}

const purgeLoggedModel = async (
  transaction: Kysely<Database>,
  id: number,
  condition: RawBuilder<boolean>,
  deleteArtifacts: DeleteArtifacts,
): Promise<string | undefined> => {
  const { rows } = await sql<{ model_id: string; artifact_uri: string }>`
    select model_id, artifact_uri from logged_model where id = ${id} and ${condition} for update`.execute(transaction)
  const [model] = rows
  if (model === undefined) return undefined
  await deleteArtifacts(model.artifact_uri, model.model_id)
  await sql`delete from logged_model where id = ${id}`.execute(transaction)
  return model.model_id
}
