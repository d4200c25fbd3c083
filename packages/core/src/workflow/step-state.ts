import { isTerminalStepRun, type StepRunState } from './states.ts'

export interface CellEnd {
  /** From 0. */
  readonly index: number
  readonly state: StepRunState
  readonly reason?: string
}

export type StepEndState = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED' | 'UPSTREAM_FAILED'

export interface StepEnd {
  readonly state: StepEndState
  /** The first cell in that state, unless the step succeeded. */
  readonly culprit?: CellEnd
}

/** The gravest end of its cells is the end of the step. */
const BY_GRAVITY = ['FAILED', 'TIMED_OUT', 'CANCELLED', 'UPSTREAM_FAILED'] as const

/** Undefined while a cell has not ended. */
export const endOfStep = (cells: readonly CellEnd[]): StepEnd | undefined => {
  if (!cells.every(({ state }) => isTerminalStepRun(state))) return undefined
  for (const state of BY_GRAVITY) {
    const culprit = cells.find((cell) => cell.state === state)
    if (culprit !== undefined) return { state, culprit }
  }
  return { state: 'SUCCEEDED' }
}

/** State of a step that has started and has open cells. Cells in backoff are open. */
export const openStepState = (step: {
  readonly cellCount: number
  readonly openCells: number
  readonly backoffCells: number
}): 'READY' | 'RUNNING' | 'BACKOFF' => {
  if (step.backoffCells === step.openCells) return 'BACKOFF'
  return step.cellCount === 1 ? 'READY' : 'RUNNING'
}

/** What a person reads as the step's reason; cells of a matrix are numbered from 1, as their runs are named. */
export const stepReason = ({ culprit }: StepEnd, cellCount: number): string | undefined => {
  if (culprit === undefined || cellCount === 1) return culprit?.reason
  return `cell ${culprit.index + 1} ${endVerb(culprit.state)}${culprit.reason === undefined ? '' : `: ${culprit.reason}`}`
}

/** `failed`, for `step 'train' failed`. */
export const endVerb = (state: StepRunState): string =>
  state === 'TIMED_OUT' ? 'timed out' : state === 'CANCELLED' ? 'was cancelled' : 'failed'
