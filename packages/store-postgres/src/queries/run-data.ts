import type { Metric, Param, Run, RunInfo, Tag } from '@tidemill/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { RunTable } from '../tables/run.ts'
import type { EntityKeys } from './entity-key.ts'

export type RunInfoRow = Pick<
  RunTable,
  | 'run_id'
  | 'name'
  | 'user_id'
  | 'status'
  | 'lifecycle_stage'
  | 'start_time'
  | 'end_time'
  | 'artifact_uri'
  | 'experiment_id'
>

/** A run with everything that belongs to it; keys are ids of the dictionary. */
export interface RunDataRow extends RunInfoRow {
  readonly metrics: readonly (readonly [keyId: number, value: number | 'NaN', timestamp: number, step: number])[] | null
  readonly params: readonly (readonly [keyId: number, value: string])[] | null
  readonly tags: readonly (readonly [keyId: number, value: string])[] | null
}

/** Columns of `RunDataRow` over an alias or table `run`: one statement reads a page of runs whole. */
export const runDataColumns: RawBuilder<unknown> = sql`
  run.run_id, run.name, run.user_id, run.status, run.lifecycle_stage, run.start_time, run.end_time, run.artifact_uri,
  run.experiment_id,
  (select json_agg(json_build_array(key_id, value, timestamp, step)) from run_metric where run_metric.run_id = run.id)
    as metrics,
  (select json_agg(json_build_array(key_id, value)) from run_param where run_param.run_id = run.id) as params,
  (select json_agg(json_build_array(key_id, value)) from run_tag where run_tag.run_id = run.id) as tags`

export const findRun = async (db: Kysely<Database>, runId: string): Promise<RunDataRow | undefined> => {
  const result = await sql<RunDataRow>`select ${runDataColumns} from run where run.run_id = ${runId}`.execute(db)
  return result.rows[0]
}

/** Runs with the names of their keys, each list sorted by key. */
export const toRuns = async (rows: readonly RunDataRow[], keys: EntityKeys): Promise<Run[]> => {
  const ids = rows.flatMap(({ metrics, params, tags }) =>
    [...(metrics ?? []), ...(params ?? []), ...(tags ?? [])].map(([id]) => id),
  )
  const names = await keys.namesOf(ids)
  const nameOf = (id: number): string => {
    const name = names.get(id)
    if (name === undefined) throw new Error(`The key dictionary has no id ${id}`)
    return name
  }
  const toPair = ([id, value]: readonly [number, string]): Param & Tag => ({ key: nameOf(id), value })
  return rows.map((row) => ({
    info: toRunInfo(row),
    metrics: (row.metrics ?? [])
      .map(([id, value, timestamp, step]): Metric => ({ key: nameOf(id), value: Number(value), timestamp, step }))
      .sort(byKey),
    params: (row.params ?? []).map(toPair).sort(byKey),
    tags: (row.tags ?? []).map(toPair).sort(byKey),
    inputs: { datasets: [], modelIds: [] },
    modelOutputs: [],
  }))
}

export const toRunInfo = (row: RunInfoRow): RunInfo => ({
  runId: row.run_id,
  runName: row.name,
  experimentId: String(row.experiment_id),
  userId: row.user_id,
  status: row.status,
  startTime: row.start_time,
  ...(row.end_time === null ? {} : { endTime: row.end_time }),
  artifactUri: row.artifact_uri,
  lifecycleStage: row.lifecycle_stage,
})

const byKey = (a: { readonly key: string }, b: { readonly key: string }): number =>
  a.key < b.key ? -1 : a.key > b.key ? 1 : 0
