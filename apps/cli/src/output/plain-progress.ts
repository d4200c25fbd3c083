import { isTerminalStepRun, type StepRunWire, type WorkflowRunWire } from '@tidemill/core'
import { writeLine } from '../context.ts'
import { cut } from './cut.ts'
import { createLineThrottle } from './line-throttle.ts'
import type { Progress } from './progress.ts'
import { toSafeText } from './safe-text.ts'
import { summarizeStep } from './step-summary.ts'

/** Characters of a line about a phase: the requirement chains of pip run to hundreds. */
const MAX_PHASE_LENGTH = 160

/** One line per change of state, for logs of CI and files; of an environment's build about a line a second. */
export const createPlainProgress = (stream: NodeJS.WritableStream): Progress => {
  let previous: WorkflowRunWire | undefined
  const phases = createLineThrottle((line) => writeLine(stream, line))
  return {
    onUpdate: (run) => {
      const changes = describeChanges(previous, run)
      if (changes.length > 0) phases.flush()
      for (const line of changes) writeLine(stream, toSafeText(line))
      previous = run
    },
    onPhaseLine: (line, { step, label, attempt }) => {
      const text = toSafeText(`${label === '' ? step.key : label}: ${line.text.trim()}`)
      phases.push(attempt.attempt_id, cut(text, MAX_PHASE_LENGTH))
    },
    print: (write, { attempt }) => {
      phases.flush(attempt.attempt_id)
      write()
    },
    stop: () => phases.flush(),
  }
}

/** A sentence for each part whose state differs from before. */
export const describeChanges = (previous: WorkflowRunWire | undefined, run: WorkflowRunWire): readonly string[] => {
  const before = new Map(previous?.steps.map((step) => [step.key, step]))
  const steps = run.steps.flatMap((step) => {
    const old = before.get(step.key)
    const isNews = old?.state !== step.state ? old !== undefined || step.state !== 'BLOCKED' : isMoreCells(old, step)
    return isNews ? [`${step.key} ${toClaim(step)}`] : []
  })
  return previous?.state === 'PAUSED' || run.state !== 'PAUSED' ? steps : [...steps, `${run.name} PAUSED`]
}

const isMoreCells = (old: StepRunWire, step: StepRunWire): boolean => countDone(old) !== countDone(step)

const countDone = (step: StepRunWire): number => step.cells?.filter(({ state }) => state === 'SUCCEEDED').length ?? 0

const toClaim = (step: StepRunWire): string => {
  // A step that has just started took no time yet.
  const isTelling = isTerminalStepRun(step.state) || countDone(step) > 0 || step.attempts.length > 1
  const summary = isTelling ? summarizeStep(step, Date.now()) : ''
  return [
    step.state,
    ...(summary === '' ? [] : [`(${summary})`]),
    ...(step.reason === undefined ? [] : [step.reason]),
  ].join(' ')
}
