import type { RunStatus } from '../run/run.ts'
import type { AttemptState, StepRunState, WorkflowRunState } from './states.ts'
import { type CellEnd, endVerb } from './step-state.ts'

export interface EndedStep {
  readonly key: string
  readonly state: StepRunState
  readonly cellCount: number
  /** The first cell in the step's state. */
  readonly culprit?: CellEnd
}

export interface WorkflowRunEnd {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED'
  readonly reason?: string
}

/** The reason of a workflow run that a user cancelled. */
export const CANCELLED_REASON = 'cancelled'

/** End of a workflow run whose steps, in definition order, have all ended. */
export const endOfWorkflowRun = (steps: readonly EndedStep[], isCancelling: boolean): WorkflowRunEnd => {
  if (isCancelling) return { state: 'CANCELLED', reason: CANCELLED_REASON }
  for (const state of ['FAILED', 'TIMED_OUT', 'CANCELLED'] as const) {
    const step = steps.find((candidate) => candidate.state === state)
    if (step !== undefined) return { state, reason: describeEnd(step) }
  }
  return { state: 'SUCCEEDED' }
}

/** `step 'train' (cell 2) failed: exit code 3` */
const describeEnd = ({ key, state, cellCount, culprit }: EndedStep): string => {
  const cell = cellCount === 1 || culprit === undefined ? '' : ` (cell ${culprit.index + 1})`
  const reason = culprit?.reason === undefined ? '' : `: ${culprit.reason}`
  return `step '${key}'${cell} ${endVerb(state)}${reason}`
}

/** MLflow's status of a workflow run or an attempt that ended in this state. */
export const runStatusOf = (state: WorkflowRunState | AttemptState): RunStatus =>
  state === 'SUCCEEDED' ? 'FINISHED' : state === 'CANCELLED' ? 'KILLED' : 'FAILED'
