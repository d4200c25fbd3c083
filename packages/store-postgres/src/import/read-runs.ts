import type { KnownRun, StoredRun } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { EntityKeys } from '../queries/entity-key.ts'
import { readRunParts, RUN_INFO_COLUMNS, type RunInfoRow, toRunInfo } from '../queries/run-data.ts'
import type { Database } from '../tables/database.ts'

export const findKnownRuns = async (
  db: Kysely<Database>,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, KnownRun>> => {
  const { rows } = await sql<{ run_id: string; experiment_id: number | string; digest: string | null }>`
    select run.run_id, run.experiment_id, imported_run.digest
    from run left join imported_run on imported_run.run_id = run.id
    where run.run_id = any(${[...runIds]}::text[])`.execute(db)
  return new Map(
    rows.map(({ run_id: runId, experiment_id: experimentId, digest }) => [
      runId,
      { experimentId: String(experimentId), ...(digest === null ? {} : { digest }) },
    ]),
  )
}

/** Runs that are absent are missing. */
export const readRuns = async (
  db: Kysely<Database>,
  keys: EntityKeys,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, StoredRun>> => {
  const { rows } = await sql<RunInfoRow & { id: number; deleted_time: number | null }>`
    select run.id, run.deleted_time, ${sql.raw(RUN_INFO_COLUMNS)} from run
    where run.run_id = any(${[...runIds]}::text[])`.execute(db)
  const runKeys = rows.map(({ id }) => id)
  const parts = await readRunParts(db, runKeys, keys)
  const counts = await countPoints(db, runKeys)
  return new Map(
    rows.flatMap((row) => {
      const part = parts.get(row.id)
      if (part === undefined) return []
      const { params, tags, inputs, modelOutputs } = part
      const run = {
        ...toRunInfo(row),
        ...(row.deleted_time === null ? {} : { deletedTime: row.deleted_time }),
        params,
        tags,
        inputs,
        modelOutputs,
      }
      return [[row.run_id, { run, pointCounts: counts.get(row.id) ?? new Map<string, number>() }] as const]
    }),
  )
}

const countPoints = async (
  db: Kysely<Database>,
  runKeys: readonly number[],
): Promise<ReadonlyMap<number, ReadonlyMap<string, number>>> => {
  const { rows } = await sql<{ run_id: number; key: string; points: number }>`
    select counted.run_id, entity_key.key, sum(counted.points)::bigint as points
    from (
      select run_id, key_id, n as points from metric_chunk
      where run_id = any(${[...runKeys]}::bigint[]) and key_id is not null
      union all
      select run_id, point.key_id, 1 from metric_chunk cross join lateral unnest(key_ids) as point (key_id)
      where run_id = any(${[...runKeys]}::bigint[]) and metric_chunk.key_id is null
    ) as counted
    join entity_key on entity_key.id = counted.key_id
    group by counted.run_id, entity_key.key`.execute(db)
  const counts = new Map<number, Map<string, number>>()
  for (const { run_id: runKey, key, points } of rows) {
    const ofRun = counts.get(runKey)
    if (ofRun === undefined) counts.set(runKey, new Map([[key, points]]))
    else ofRun.set(key, points)
  }
  return counts
}
