import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'

/** A point of a metric; NaN comes after every number, as Postgres sorts it. */
export interface MetricPoint {
  readonly timestamp: number
  readonly step: number
  readonly value: number
}

/** Distinct points of a run's metric by timestamp, step and value: those after `after`, at most `limit` of them. */
export const listMetricPoints = async (
  db: Kysely<Database>,
  runId: string,
  key: string,
  page: { readonly after?: MetricPoint; readonly limit?: number },
): Promise<MetricPoint[]> => {
  const { after, limit } = page
  const beyond =
    after === undefined
      ? sql`true`
      : sql`chunk.max_timestamp >= ${after.timestamp}::bigint and (point.timestamp, point.step, point.value)
          > (${after.timestamp}::bigint, ${after.step}::bigint, ${after.value}::float8)`
  const result = await sql<MetricPoint>`
    select distinct point.timestamp, point.step, point.value
    from run
    join entity_key on entity_key.key = ${key}
    join metric_chunk as chunk
      on chunk.run_id = run.id and (chunk.key_id is null or chunk.key_id = entity_key.id)
    cross join lateral unnest(chunk.key_ids, chunk.steps, chunk.timestamps, chunk.vals)
      as point (key_id, step, timestamp, value)
    where run.run_id = ${runId} and point.key_id = entity_key.id and ${beyond}
    order by point.timestamp, point.step, point.value
    limit ${limit ?? null}::bigint`.execute(db)
  return result.rows
}
