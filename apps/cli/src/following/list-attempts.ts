import type { AttemptWire, StepRunWire, WorkflowRunWire } from '@tidemill/core'

export interface StepAttempt {
  readonly step: StepRunWire
  readonly attempt: AttemptWire
  /** What tells its lines from others': `train-2` as the MLflow run of the second cell is called, `train-2#3` for its third try, empty when it is the only step. */
  readonly label: string
}

/** Every attempt in the order of steps, cells and numbers. */
export const listAttempts = (run: WorkflowRunWire): readonly StepAttempt[] => {
  const [first] = run.steps
  const isAlone = run.steps.length === 1 && first?.cells === undefined
  return run.steps.flatMap((step) =>
    step.attempts
      .toSorted((a, b) => (a.cell ?? 0) - (b.cell ?? 0) || a.number - b.number)
      .map((attempt) => ({ step, attempt, label: toLabel(step, attempt, isAlone) })),
  )
}

const toLabel = (step: StepRunWire, attempt: AttemptWire, isAlone: boolean): string => {
  const cell = step.cells === undefined || attempt.cell === undefined ? '' : `-${attempt.cell + 1}`
  const number = attempt.number === 1 ? '' : `#${attempt.number}`
  return isAlone && number === '' ? '' : `${step.key}${cell}${number}`
}
