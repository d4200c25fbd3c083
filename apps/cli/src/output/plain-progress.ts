import type { StepRunWire, WorkflowRunWire } from '@tidemill/core'
import { writeLine } from '../context.ts'
import type { Progress } from './progress.ts'
import { toSafeText } from './safe-text.ts'
import { summarizeStep } from './step-summary.ts'

/** One line per change of state, for logs of CI and files. */
export const createPlainProgress = (stream: NodeJS.WriteStream): Progress => {
  let previous: WorkflowRunWire | undefined
  return {
    onUpdate: (run) => {
      for (const line of describeChanges(previous, run)) writeLine(stream, toSafeText(line))
      previous = run
    },
    onPhaseLine: (line, { step, label }) => {
      writeLine(stream, toSafeText(`${label === '' ? step.key : label}: ${line.text}`))
    },
    print: (write) => write(),
    stop: () => undefined,
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
  const summary = summarizeStep(step, Date.now())
  return [
    step.state,
    ...(summary === '' ? [] : [`(${summary})`]),
    ...(step.reason === undefined ? [] : [step.reason]),
  ].join(' ')
}
