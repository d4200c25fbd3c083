import { InvalidParameterValueError, ResourceDoesNotExistError } from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { PurgeSelection } from './selection.ts'

const MAX_IDS = 10_000

interface Row {
  readonly id: string
  readonly is_deleted: boolean
  readonly is_old: boolean
}

/** Ids that somebody names must all be fit to be purged, before the first one is. Throws as `mlflow gc` does. */
export const checkSelection = async (db: Kysely<Database>, selection: PurgeSelection): Promise<void> => {
  const { olderThanMs = 0, runIds = [], experimentIds = [], loggedModelIds = [] } = selection
  const limit = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint - ${olderThanMs}::bigint`
  await check(
    db,
    'Run',
    runIds,
    olderThanMs,
    (ids) => sql`
    select run_id as id, lifecycle_stage = 'deleted' as is_deleted, coalesce(deleted_time, 0) <= ${limit} as is_old
    from run where run_id = any(${ids}::text[])`,
  )
  await check(
    db,
    'Experiment',
    experimentIds,
    olderThanMs,
    (ids) => sql`
    select experiment_id::text as id, lifecycle_stage = 'deleted' as is_deleted, last_update_time <= ${limit} as is_old
    from experiment where experiment_id::text = any(${ids}::text[])`,
  )
  await check(
    db,
    'Logged model',
    loggedModelIds,
    olderThanMs,
    (ids) => sql`
    select model_id as id, lifecycle_stage = 'deleted' as is_deleted, last_update_time <= ${limit} as is_old
    from logged_model where model_id = any(${ids}::text[])`,
  )
}

const check = async (
  db: Kysely<Database>,
  noun: string,
  ids: readonly string[],
  olderThanMs: number,
  select: (ids: readonly string[]) => RawBuilder<unknown>,
): Promise<void> => {
  if (ids.length === 0) return
  if (ids.length > MAX_IDS) {
    throw new InvalidParameterValueError(`${ids.length} ids are too many for one call. Give at most ${MAX_IDS}.`)
  }
  const { rows } = await sql<Row>`${select(ids)}`.execute(db)
  const found = new Map(rows.map((row) => [row.id, row]))
  for (const id of ids) {
    const row = found.get(id)
    if (row === undefined) throw new ResourceDoesNotExistError(`${noun} with ID ${id} does not exist.`)
    if (!row.is_deleted) {
      throw new InvalidParameterValueError(
        `${noun} ${id} is not in \`deleted\` lifecycle stage. Only those in \`deleted\` lifecycle stage can be purged: delete it first.`,
      )
    }
    if (!row.is_old) {
      throw new InvalidParameterValueError(
        `${noun} ${id} is not older than the required age, ${olderThanMs / 1000} seconds. Leave it out, or lower --older-than.`,
      )
    }
  }
}
