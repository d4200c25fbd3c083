import type { Reader } from '@tidemill/core'
import { type RawBuilder, sql } from 'kysely'

/** True for an experiment that the reader may read; `experimentId` is a column. No reader may read everything. */
export const isReadableExperiment = (
  reader: Reader | undefined,
  experimentId: RawBuilder<unknown>,
): RawBuilder<boolean> =>
  isReadable(
    reader,
    sql`select grants.permission from experiment_permission as grants
    where grants.experiment_id = ${experimentId}`,
  )

/** True for a registered model that the reader may read; `modelKey` is a column. */
export const isReadableModel = (reader: Reader | undefined, modelKey: RawBuilder<unknown>): RawBuilder<boolean> =>
  isReadable(
    reader,
    sql`select grants.permission from registered_model_permission as grants
    where grants.model_id = ${modelKey}`,
  )

const isReadable = (reader: Reader | undefined, grant: RawBuilder<unknown>): RawBuilder<boolean> =>
  reader === undefined
    ? sql`true`
    : sql`coalesce((${grant} and grants.user_id = ${reader.userId}::int), ${reader.defaultPermission}::text) <> 'NO_PERMISSIONS'`
