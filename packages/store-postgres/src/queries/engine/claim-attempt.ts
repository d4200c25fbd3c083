import type {
  ClaimedAttempt,
  EnvironmentManager,
  Permission,
  ProjectSource,
  ProjectSpec,
  RetryPolicy,
  Ticket,
} from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import type { ExperimentKey } from '../../tables/experiment.ts'
import { retryConflicts } from './transaction.ts'

/** Claims race for the first one of a workflow run; the losers look again and find it RUNNING. */
const MAX_LOOKS = 5

/** Undefined: the ticket is stale, or its workflow run is paused or ending. */
export const claimAttempt = async (
  db: Kysely<Database>,
  ticket: Ticket,
  workerId: string,
  leaseMs: number,
): Promise<ClaimedAttempt | undefined> => {
  for (let look = 0; look < MAX_LOOKS; look++) {
    const { claimed, isLookAgain } = await retryConflicts(() => tryClaim(db, ticket, workerId, leaseMs))
    if (claimed !== undefined) return toClaimedAttempt(claimed, leaseMs)
    if (!isLookAgain) return undefined
  }
  return undefined
}

interface ClaimedRow {
  readonly attempt_id: string
  readonly fence: number
  readonly number: number
  readonly workflow_run_id: string
  readonly root_run_id: string
  readonly experiment_id: ExperimentKey
  readonly target: 'workflow' | 'entry_point'
  readonly name: string
  readonly source: ProjectSource
  readonly spec: ProjectSpec
  readonly environment_manager: EnvironmentManager | null
  readonly build_image: boolean
  readonly workflow_parameters: Record<string, string>
  readonly user_id: string
  readonly submitter_id: number | null
  readonly default_permission: Permission | null
  readonly step_key: string
  readonly entry_point: string
  readonly parameters: { readonly name: string; readonly value: string }[]
  readonly retry: RetryPolicy
  readonly timeout_ms: number | null
  readonly cell_index: number
  readonly matrix: Record<string, string>
  readonly upstream_run_ids: Record<string, string[]>
}

// Every succeeded step: `${{ }}` references reach all ancestors, not only the needed steps.
const upstreamRunIds = sql`(
  select coalesce(json_object_agg(upstream.key, upstream.run_ids), '{}')
  from (
    select succeeded.key, json_agg(step_cell.promoted_run_id order by step_cell.cell_index) as run_ids
    from step_run succeeded join step_cell on step_cell.step_run_id = succeeded.id
    where succeeded.workflow_run_id = claimed.workflow_run_id and succeeded.state = 'SUCCEEDED'
    group by succeeded.key
  ) upstream
)`

const claimedRow = sql`
  select candidate.state, claimed.attempt_id, claimed.fence, claimed.number, workflow_run.workflow_run_id,
    workflow_run.run_id as root_run_id, workflow_run.experiment_id, workflow_run.target, workflow_run.name,
    workflow_run.source, workflow_run.spec, workflow_run.environment_manager, workflow_run.build_image,
    workflow_run.parameters as workflow_parameters, workflow_run.user_id,
    workflow_run.submitter_id, workflow_run.default_permission, step_run.key as step_key,
    step_run.entry_point, step_run.parameters, step_run.retry, step_run.timeout_ms, cell.cell_index, cell.matrix,
    ${upstreamRunIds} as upstream_run_ids
  from candidate
  left join claimed on true
  left join cell on true
  left join step_run on step_run.id = cell.step_run_id
  left join workflow_run on workflow_run.id = claimed.workflow_run_id`

// `started` is the first claim of a workflow run and takes it exclusively, `running` is every later one and takes it
// shared. A first claim that lost the race matches neither: its statement still sees QUEUED.
const tryClaim = async (
  db: Kysely<Database>,
  ticket: Ticket,
  workerId: string,
  leaseMs: number,
): Promise<{ readonly claimed?: ClaimedRow; readonly isLookAgain: boolean }> => {
  const result = await sql<ClaimedRow | { readonly attempt_id: null; readonly state: string }>`
    with candidate as (
      select attempt.id, attempt.workflow_run_id, workflow_run.state
      from attempt join workflow_run on workflow_run.id = attempt.workflow_run_id
      where attempt.attempt_id = ${ticket.attemptId} and attempt.dispatch_seq = ${ticket.dispatchSeq}
        and attempt.state = 'QUEUED'
    ),
    started as (
      update workflow_run set state = 'RUNNING', started_at = coalesce(started_at, clock_timestamp())
      from candidate where workflow_run.id = candidate.workflow_run_id and workflow_run.state = 'QUEUED'
      returning workflow_run.id, workflow_run.workflow_run_id
    ),
    running as (
      select workflow_run.id from workflow_run join candidate on candidate.workflow_run_id = workflow_run.id
      where workflow_run.state = 'RUNNING'
      for share of workflow_run
    ),
    claimed as (
      update attempt set state = 'LEASED', fence = nextval('attempt_fence'), worker_id = ${workerId},
        lease_until = clock_timestamp() + ${leaseMs} * interval '1 ms', started_at = clock_timestamp()
      from candidate join (select id from started union all select id from running) held
        on held.id = candidate.workflow_run_id
      where attempt.id = candidate.id and attempt.state = 'QUEUED' and attempt.dispatch_seq = ${ticket.dispatchSeq}
      returning attempt.attempt_id, attempt.fence, attempt.number, attempt.step_cell_id, attempt.workflow_run_id
    ),
    cell as (
      update step_cell set state = 'RUNNING', reason = null from claimed
      where step_cell.id = claimed.step_cell_id
      returning step_cell.step_run_id, step_cell.cell_index, step_cell.matrix
    ),
    step as (
      update step_run set state = 'RUNNING' from cell
      where step_run.id = cell.step_run_id and step_run.state <> 'RUNNING'
    ),
    event as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state)
      select id, 'workflow_run', workflow_run_id, 'RUNNING' from started
      union all select workflow_run_id, 'attempt', attempt_id, 'LEASED' from claimed
    )
    ${claimedRow}`.execute(db)
  const row = result.rows[0]
  if (row === undefined) return { isLookAgain: false }
  if (row.attempt_id !== null) return { claimed: row, isLookAgain: false }
  return { isLookAgain: row.state === 'QUEUED' }
}

const toClaimedAttempt = (row: ClaimedRow, leaseMs: number): ClaimedAttempt => ({
  lease: { attemptId: row.attempt_id, fence: row.fence },
  leaseMs,
  workflowRunId: row.workflow_run_id,
  rootRunId: row.root_run_id,
  experimentId: String(row.experiment_id),
  target: row.target,
  workflowName: row.name,
  stepKey: row.step_key,
  cellIndex: row.cell_index,
  matrix: row.matrix,
  number: row.number,
  entryPoint: row.entry_point,
  source: row.source,
  spec: row.spec,
  ...(row.environment_manager === null ? {} : { environmentManager: row.environment_manager }),
  buildImage: row.build_image,
  workflowParameters: row.workflow_parameters,
  parameters: row.parameters,
  retry: row.retry,
  ...(row.timeout_ms === null ? {} : { timeoutMs: row.timeout_ms }),
  userId: row.user_id,
  ...(row.default_permission === null
    ? {}
    : { submitter: { userId: row.submitter_id ?? 0, defaultPermission: row.default_permission } }),
  upstreamRunIds: row.upstream_run_ids,
})
