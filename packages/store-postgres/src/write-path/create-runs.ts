import type { Tag } from '@tidemill/core'
import { toInt4Array, toInt8Array, toTextArray } from '../database/binary-array.ts'
import type { OpenDatabase } from '../database/open-database.ts'
import { type EntityKeys, keyIdsOf } from '../queries/entity-key.ts'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { createGroupCommit } from './group-commit.ts'

export interface RunToCreate {
  /** 32 lower-case hex digits, drawn by the caller. */
  readonly runId: string
  readonly experimentId: ExperimentKey
  readonly name: string
  readonly userId: string
  /** ms since the epoch. Absent: the database's clock. */
  readonly startTime?: number
  readonly artifactUri: string
  /** Its data as JSON text, as settling would make it. */
  readonly document: string
  /** With their name as `mlflow.runName`; in stored form, keys distinct. */
  readonly tags: readonly Tag[]
}

interface KeyedRun extends RunToCreate {
  readonly tagKeys: readonly number[]
}

/** Its start time in ms since the epoch, or `refused`: no active experiment has the id. */
export type RunCreation = { readonly startTime: number } | 'refused'

const MAX_WAITING_BYTES = 16 * 1024 * 1024
const BYTES_PER_RUN = 512

/** New runs, many in one commit. */
export const createRunCreator = (
  database: OpenDatabase,
  keys: EntityKeys,
): ((run: RunToCreate) => Promise<RunCreation>) => {
  const commit = createGroupCommit<KeyedRun, RunCreation>({
    flush: (runs) => retryOnConflict(() => createRuns(database, runs)),
    keyOf: ({ runId }) => runId,
    sizeOf: ({ tags }) => tags.reduce((sum, { value }) => sum + value.length, BYTES_PER_RUN),
    maxInFlight: 1,
    maxPerKey: 1,
    maxBytes: MAX_WAITING_BYTES,
  })
  return async (run) => commit({ ...run, tagKeys: await keyIdsOf(keys, run.tags) })
}

interface CreatedRow {
  readonly ord: number
  readonly start_time: number
}

const createRuns = async (database: OpenDatabase, runs: readonly KeyedRun[]): Promise<RunCreation[]> => {
  const rows = await database.query<CreatedRow>(CREATE_RUNS, toValues(runs))
  const creations = runs.map((): RunCreation => 'refused')
  for (const { ord, start_time: startTime } of rows) creations[ord - 1] = { startTime }
  return creations
}

const toValues = (runs: readonly KeyedRun[]): Buffer[] => {
  let end = 0
  const tagEnds = runs.map(({ tags }) => (end += tags.length))
  return [
    toInt8Array([...new Set(runs.map(({ experimentId }) => experimentId))]),
    toTextArray(runs.map(({ runId }) => runId)),
    toInt8Array(runs.map(({ experimentId }) => experimentId)),
    toTextArray(runs.map(({ name }) => name)),
    toTextArray(runs.map(({ userId }) => userId)),
    toInt4Array(runs.map(({ startTime }) => (startTime === undefined ? 0 : 1))),
    toInt8Array(runs.map(({ startTime = 0 }) => startTime)),
    toTextArray(runs.map(({ artifactUri }) => artifactUri)),
    toTextArray(runs.map(({ document }) => document)),
    toInt4Array(tagEnds),
    toInt4Array(runs.map(({ tags }) => tags.length)),
    toInt4Array(runs.flatMap(({ tagKeys }) => tagKeys)),
    toTextArray(runs.flatMap(({ tags }) => tags.map(({ value }) => value))),
  ]
}

/** The shared lock keeps a deletion of an experiment from missing its new runs. */
const CREATE_RUNS = {
  name: 'create_runs',
  text: `
with open as materialized (
  select experiment_id from experiment
  where experiment_id = any($1::bigint[]) and lifecycle_stage = 'active'
  order by experiment_id
  for share
),
made as materialized (
  select nextval('run_id_seq') as id, run_id, experiment_id, name, user_id, artifact_uri, document, tag_end, tag_count, ord,
    case has_start when 1 then start_time else (extract(epoch from clock_timestamp()) * 1000)::bigint end as start_time
  from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::text[], $9::text[],
    $10::int[], $11::int[]) with ordinality
    as member (
      run_id, experiment_id, name, user_id, has_start, start_time, artifact_uri, document, tag_end, tag_count, ord
    )
  where experiment_id in (select experiment_id from open)
),
runs as (
  insert into run (id, run_id, experiment_id, name, user_id, status, start_time, artifact_uri)
    overriding system value
  select id, run_id, experiment_id, name, user_id, 'RUNNING', start_time, artifact_uri from made
),
tags as (
  insert into run_tag (run_id, key_id, experiment_id, value)
  select made.id, given.key_id, made.experiment_id, given.value
  from made
  cross join lateral unnest(
    ($12::int[])[tag_end - tag_count + 1:tag_end], ($13::text[])[tag_end - tag_count + 1:tag_end]
  ) as given (key_id, value)
),
documents as (
  insert into run_document (run_id, data) select id, document from made
)
select ord::int, start_time from made`,
}
