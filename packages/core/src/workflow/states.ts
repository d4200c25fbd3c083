export const WORKFLOW_RUN_STATES = [
  'QUEUED',
  'RUNNING',
  'PAUSED',
  'CANCELLING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'CANCELLED',
] as const
export type WorkflowRunState = (typeof WORKFLOW_RUN_STATES)[number]

export const STEP_RUN_STATES = [
  'BLOCKED',
  'READY',
  'RUNNING',
  'BACKOFF',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'CANCELLED',
  'UPSTREAM_FAILED',
] as const
/** State of a step run, and of each cell of a matrix step. */
export type StepRunState = (typeof STEP_RUN_STATES)[number]

export const ATTEMPT_STATES = [
  'QUEUED',
  'LEASED',
  'PREPARING',
  'EXECUTING',
  'FINALIZING',
  'SUCCEEDED',
  'FAILED',
  'INFRA_FAILED',
  'TIMED_OUT',
  'CANCELLED',
  'LOST',
] as const
export type AttemptState = (typeof ATTEMPT_STATES)[number]

const TERMINAL_WORKFLOW_RUN_STATES: ReadonlySet<WorkflowRunState> = new Set([
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'CANCELLED',
])
const TERMINAL_STEP_RUN_STATES: ReadonlySet<StepRunState> = new Set([
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'CANCELLED',
  'UPSTREAM_FAILED',
])
const TERMINAL_ATTEMPT_STATES: ReadonlySet<AttemptState> = new Set([
  'SUCCEEDED',
  'FAILED',
  'INFRA_FAILED',
  'TIMED_OUT',
  'CANCELLED',
  'LOST',
])

export const isTerminalWorkflowRun = (state: WorkflowRunState): boolean => TERMINAL_WORKFLOW_RUN_STATES.has(state)
export const isTerminalStepRun = (state: StepRunState): boolean => TERMINAL_STEP_RUN_STATES.has(state)
export const isTerminalAttempt = (state: AttemptState): boolean => TERMINAL_ATTEMPT_STATES.has(state)
