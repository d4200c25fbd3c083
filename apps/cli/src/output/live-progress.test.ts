import type { StepRunWire, WorkflowRunWire } from '@tidemill/core'
import { describe, expect, test } from 'vitest'
import type { StepAttempt } from '../following/list-attempts.ts'
import { createLiveProgress } from './live-progress.ts'
import type { Terminal } from './live-region.ts'

/** A terminal that does what the cursor movements say. `screen` has no colours. */
const createTerminal = (columns: number, rows: number): Terminal & { screen(): readonly string[] } => {
  let lines = ['']
  return {
    columns,
    rows,
    write: (text: string | Uint8Array) => {
      // oxlint-disable-next-line no-control-regex -- escape sequences are what a terminal reads
      for (const part of String(text).match(/\u001b\[\d*[A-Za-z]|\n|[^\u001b\n]+/g) ?? []) {
        const up = /^.\[(\d+)A$/.exec(part)?.[1]
        if (part === '\n') lines.push('')
        else if (up !== undefined) lines = [...lines.slice(0, -1 - Number(up)), '']
        else if (!part.startsWith('\u001b')) lines[lines.length - 1] += part
      }
      return true
    },
    screen: () => lines.filter((line) => line !== ''),
  }
}

const aStep = (key: string, state: StepRunWire['state'], rest: Partial<StepRunWire> = {}): StepRunWire => ({
  key,
  state,
  needs: [],
  attempts: [],
  ...rest,
})
const aRun = (...steps: StepRunWire[]): WorkflowRunWire => ({
  workflow_run_id: 'w',
  run_id: 'r',
  experiment_id: '0',
  name: 'main',
  state: 'RUNNING',
  project: { uri: '/p' },
  parameters: {},
  created_at: 1,
  steps,
})
const anAttempt = (step: StepRunWire): StepAttempt => ({
  step,
  label: step.key,
  attempt: { attempt_id: 'a', number: 1, state: 'PREPARING', queued_at: 1 },
})

describe('createLiveProgress', () => {
  test('draws a line per step over the last one and leaves what is printed above', () => {
    const terminal = createTerminal(80, 24)
    const progress = createLiveProgress(terminal)
    progress.onUpdate(aRun(aStep('prepare', 'READY'), aStep('train', 'BLOCKED')))
    progress.print(() => void terminal.write('hello\n'), anAttempt(aStep('prepare', 'RUNNING')))
    progress.onUpdate(aRun(aStep('prepare', 'SUCCEEDED'), aStep('train', 'FAILED', { reason: 'exit code 3' })))
    progress.stop()
    expect(terminal.screen()).toEqual(['hello', '✔ prepare  SUCCEEDED', '✖ train    FAILED     exit code 3'])
  })

  test('shows the phase of a running step, cut to the width of the terminal', () => {
    const terminal = createTerminal(40, 24)
    const progress = createLiveProgress(terminal)
    const step = aStep('train', 'RUNNING')
    progress.onPhaseLine(
      { number: 1, stream: 'system', time: 1, text: 'Downloading scikit_learn-1.7.2-cp311.whl' },
      anAttempt(step),
    )
    progress.onUpdate(aRun(step))
    progress.stop()
    const [line = ''] = terminal.screen()
    expect(line.slice(1)).toBe(' train  RUNNING    Downloading scikit…')
    expect(line).toHaveLength(39)
  })

  test('keeps to the height of the terminal, running steps first', () => {
    const terminal = createTerminal(80, 5)
    const progress = createLiveProgress(terminal)
    const steps = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => aStep(key, key === 'f' ? 'RUNNING' : 'BLOCKED'))
    progress.onUpdate(aRun(...steps))
    progress.stop()
    expect(terminal.screen().map((line) => line.split(' ')[1])).toEqual(['a', 'b', 'f'])
  })
})
