import type {
  AttemptState,
  EnvironmentManager,
  LogStream,
  Permission,
  ProjectSource,
  ProjectSpec,
  RetryPolicy,
  StepRunState,
  WorkflowRunState,
} from '@tidemill/core'
import type { Generated, JSONColumnType } from 'kysely'
import type { ExperimentKey } from './experiment.ts'

export interface WorkflowRunTable {
  id: Generated<number>
  workflow_run_id: string
  /** MLflow run of the whole, `run.run_id`. */
  run_id: string
  experiment_id: ExperimentKey
  state: WorkflowRunState
  /** Grows with each retry; a terminal state is left only together with it. */
  round: number
  reason: string | null
  target: 'workflow' | 'entry_point'
  name: string
  source: JSONColumnType<ProjectSource>
  spec: JSONColumnType<ProjectSpec>
  parameters: JSONColumnType<Record<string, string>>
  environment_manager: EnvironmentManager | null
  build_image: boolean
  priority: number
  labels: string[]
  user_id: string
  /** Null: the server asked nobody who they are, or the user is gone. */
  submitter_id: number | null
  /** Null exactly where the server asked nobody who they are. */
  default_permission: Permission | null
  /** Steps that have not ended. */
  open_steps: number
  created_at: Generated<Date>
  started_at: Date | null
  ended_at: Date | null
}

export interface StepRunTable {
  id: Generated<number>
  workflow_run_id: number
  key: string
  /** Definition order. */
  position: number
  entry_point: string
  parameters: JSONColumnType<{ name: string; value: string }[]>
  retry: JSONColumnType<RetryPolicy>
  timeout_ms: number | null
  state: StepRunState
  reason: string | null
  /** Needed steps that have not succeeded. */
  pending_needs: number
  /** 1 for a step without a matrix. */
  cell_count: number
  /** Cells that have not ended, and those of them that wait for their backoff. */
  open_cells: number
  backoff_cells: Generated<number>
}

/** `step_run_id` needs `needs_step_run_id` to succeed first. */
export interface StepEdgeTable {
  step_run_id: number
  needs_step_run_id: number
}

export interface StepCellTable {
  id: Generated<number>
  step_run_id: number
  workflow_run_id: number
  cell_index: number
  matrix: JSONColumnType<Record<string, string>>
  state: StepRunState
  reason: string | null
  /** Attempts that drew on the user's retries, and on the infrastructure budget, in this round. */
  user_attempts: number
  infrastructure_attempts: number
  /** The MLflow run of the attempt that succeeded. */
  promoted_run_id: string | null
  /** When a cell in BACKOFF may be queued again. */
  not_before: Date | null
}

export interface AttemptTable {
  id: Generated<number>
  attempt_id: string
  step_cell_id: number
  workflow_run_id: number
  number: number
  state: AttemptState
  dispatch_seq: number
  fence: number | null
  worker_id: string | null
  lease_until: Date | null
  is_cancel_requested: boolean
  run_id: string | null
  end_code: string | null
  reason: string | null
  exit_code: number | null
  queued_at: Generated<Date>
  dispatched_at: Date | null
  started_at: Date | null
  ended_at: Date | null
  /** Number of the last log line stored. */
  last_line: Generated<number>
  /** Bytes of the log lines stored. */
  log_bytes: Generated<number>
}

/** One row per flush: parallel arrays, `first_line` is the number of element 1. */
export interface AttemptLogTable {
  attempt_id: number
  first_line: number
  streams: LogStream[]
  times: number[]
  texts: string[]
}

export interface OutboxTable {
  id: Generated<number>
  attempt_id: string
  dispatch_seq: number
  created_at: Generated<Date>
}

export interface WorkflowEventTable {
  id: Generated<number>
  workflow_run_id: number
  at: Generated<Date>
  /** `attempt`, `step_run`, `workflow_run`. */
  subject: string
  subject_id: string
  state: string
  reason: string | null
}

export interface WorkerTable {
  worker_id: string
  host: string
  pid: number
  concurrency: number
  started_at: Generated<Date>
  last_seen_at: Generated<Date>
}

export interface IdempotencyKeyTable {
  key: string
  request_hash: string
  workflow_run_id: number
  created_at: Generated<Date>
}
