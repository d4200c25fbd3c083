import type { RunUpdate } from '@tidemill/core'
import { toInt4Array, toInt8Array, toTextArray } from '../database/binary-array.ts'
import type { OpenDatabase, Statement } from '../database/open-database.ts'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import type { RunInfoRow } from '../queries/run-data.ts'
import { createGroupCommit } from './group-commit.ts'
import type { WrittenRun } from './write-batches.ts'

export interface RunToUpdate {
  readonly runId: string
  /** An empty name changes nothing; another one also goes to the tag `mlflow.runName`. */
  readonly update: RunUpdate
}

/** The run as it became, or `refused`: no active run has the id. */
export type RunUpdateOutcome = RunInfoRow | 'refused'

const MAX_WAITING_BYTES = 16 * 1024 * 1024
const BYTES_PER_UPDATE = 512

/** Updates of runs, many in one commit. `onWritten` hears whose data changed. `nameKeyIds` gives the id of `mlflow.runName`. */
export const createRunUpdater = (
  database: OpenDatabase,
  nameKeyIds: () => Promise<readonly number[]>,
  onWritten: (runs: readonly WrittenRun[]) => void,
): ((update: RunToUpdate) => Promise<RunUpdateOutcome>) =>
  createGroupCommit<RunToUpdate, RunUpdateOutcome>({
    flush: async (updates) => {
      const hasNames = updates.some(({ update }) => isGiven(update.runName))
      const nameKey = hasNames ? (await nameKeyIds())[0] : undefined
      return retryOnConflict(() => updateRuns(database, updates, nameKey, onWritten))
    },
    keyOf: ({ runId }) => runId,
    sizeOf: () => BYTES_PER_UPDATE,
    maxInFlight: 1,
    maxPerKey: 1,
    maxBytes: MAX_WAITING_BYTES,
  })

interface UpdatedRow extends RunInfoRow {
  readonly id: number
  readonly ord: number
}

const updateRuns = async (
  database: OpenDatabase,
  updates: readonly RunToUpdate[],
  nameKey: number | undefined,
  onWritten: (runs: readonly WrittenRun[]) => void,
): Promise<RunUpdateOutcome[]> => {
  const rows = await database.query<UpdatedRow>(nameKey === undefined ? UPDATE_RUNS : UPDATE_AND_RENAME_RUNS, [
    toTextArray(updates.map(({ runId }) => runId)),
    toTextArray(updates.map(({ update }) => update.status ?? '')),
    toInt4Array(updates.map(({ update }) => (update.endTime === undefined ? 0 : 1))),
    toInt8Array(updates.map(({ update }) => update.endTime ?? 0)),
    toTextArray(updates.map(({ update }) => update.runName ?? '')),
    ...(nameKey === undefined ? [] : [nameKey]),
  ])
  const outcomes = updates.map((): RunUpdateOutcome => 'refused')
  for (const row of rows) outcomes[row.ord - 1] = row
  const renamed = rows.filter(({ ord }) => isGiven(updates[ord - 1]?.update.runName))
  onWritten(renamed.map(({ id, experiment_id: experimentId }) => ({ runKey: id, experimentId })))
  return outcomes
}

const isGiven = (name: string | undefined): boolean => name !== undefined && name !== ''

/** In the order of the runs' keys, as every writer of several runs locks them. */
const toText = (alsoWritten: string): string => `
with target as materialized (
  select run.id, member.*
  from unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::text[]) with ordinality
    as member (given_id, status, has_end, end_time, name, ord)
  join run on run.run_id = member.given_id
  where run.lifecycle_stage = 'active'
  order by run.id
  for no key update of run
),
updated as (
  update run set
    status = coalesce(nullif(target.status, ''), run.status),
    end_time = case target.has_end when 1 then target.end_time else run.end_time end,
    name = coalesce(nullif(target.name, ''), run.name)
  from target
  where run.id = target.id
  returning run.id, target.ord::int, run.run_id, run.name, run.user_id, run.status, run.lifecycle_stage,
    run.start_time, run.end_time, run.artifact_uri, run.experiment_id
)${alsoWritten}
select * from updated`

const UPDATE_RUNS: Statement = { name: 'update_runs', text: toText('') }

const UPDATE_AND_RENAME_RUNS: Statement = {
  name: 'update_and_rename_runs',
  text: toText(`,
renamed as (
  select updated.id, updated.experiment_id, target.name from updated join target using (id) where target.name <> ''
),
tags as (
  insert into run_tag (run_id, key_id, experiment_id, value)
  select id, $6::int, experiment_id, name from renamed
  on conflict (run_id, key_id) do update set value = excluded.value
),
unsettled as (
  insert into run_unsettled (run_id, experiment_id) select id, experiment_id from renamed on conflict do nothing
)`),
}
