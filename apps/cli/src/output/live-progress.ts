import { stripVTControlCharacters } from 'node:util'
import { isTerminalStepRun, type StepRunWire, type WorkflowRunWire } from '@tidemill/core'
import { colors } from './colors.ts'
import { cut } from './cut.ts'
import { createLiveRegion, type Terminal } from './live-region.ts'
import type { Progress } from './progress.ts'
import { toSafeText } from './safe-text.ts'
import { colorOf } from './state-color.ts'
import { summarizeStep } from './step-summary.ts'

const REDRAW_MS = 100
/** Of SUCCEEDED: the columns behind keep their place when a step ends. */
const USUAL_STATE_WIDTH = 9
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** A line per step at the bottom of the terminal, redrawn as they go; what is printed scrolls above. */
export const createLiveProgress = (terminal: Terminal): Progress => {
  const region = createLiveRegion(terminal)
  const phases = new Map<string, string>()
  let run: WorkflowRunWire | undefined
  let tick = 0

  const draw = (): void => {
    if (run === undefined) return
    tick += 1
    const now = Date.now()
    const keyWidth = Math.max(...run.steps.map(({ key }) => key.length))
    const stateWidth = Math.max(USUAL_STATE_WIDTH, ...run.steps.map(({ state }) => state.length))
    const spinner = SPINNER[tick % SPINNER.length] ?? ''
    const lines = visibleSteps(run.steps, region.rows() - 2).map((step) =>
      toLine(step, { now, keyWidth, stateWidth, spinner, phase: phases.get(step.key), columns: region.columns() }),
    )
    region.draw(lines)
  }
  const timer = setInterval(draw, REDRAW_MS)
  timer.unref()

  return {
    onUpdate: (next) => {
      run = next
      draw()
    },
    onPhaseLine: (line, { step, label }) => {
      const text = stripVTControlCharacters(line.text).trim()
      phases.set(step.key, step.cells === undefined ? text : `${label}: ${text}`)
    },
    print: (write) => region.above(write),
    stop: () => {
      clearInterval(timer)
      draw()
    },
  }
}

/** What fits on the screen: steps that go on first, in their order. */
const visibleSteps = (steps: readonly StepRunWire[], rows: number): readonly StepRunWire[] => {
  if (steps.length <= rows) return steps
  const chosen = new Set(
    [...steps.filter((step) => step.state === 'RUNNING' || step.state === 'BACKOFF'), ...steps].slice(0, rows),
  )
  return steps.filter((step) => chosen.has(step))
}

const toLine = (
  step: StepRunWire,
  at: {
    now: number
    keyWidth: number
    stateWidth: number
    spinner: string
    phase: string | undefined
    columns: number
  },
): string => {
  const summary = summarizeStep(step, at.now)
  const detail = isTerminalStepRun(step.state) ? (step.reason ?? '') : step.state === 'RUNNING' ? (at.phase ?? '') : ''
  const head = `${toMark(step, at.spinner)} ${step.key.padEnd(at.keyWidth)}  ${step.state.padEnd(at.stateWidth)}${summary === '' ? '' : `  ${summary}`}`
  const line = cut(toSafeText(detail === '' ? head : `${head}  ${detail}`), at.columns - 1)
  const color = colorOf(step.state)
  return line.length <= head.length ? color(line) : `${color(head)}${colors.dim(line.slice(head.length))}`
}

const toMark = (step: StepRunWire, spinner: string): string => {
  if (step.state === 'SUCCEEDED') return '✔'
  if (isTerminalStepRun(step.state)) return '✖'
  return step.state === 'RUNNING' ? spinner : '·'
}
