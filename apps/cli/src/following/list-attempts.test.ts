import type { AttemptWire, StepRunWire, WorkflowRunWire } from '@tidemill/core'
import { describe, expect, test } from 'vitest'
import { listAttempts } from './list-attempts.ts'

const anAttempt = (cell: number, number: number): AttemptWire => ({
  attempt_id: `a-${cell}-${number}`,
  number,
  state: 'EXECUTING',
  cell,
  queued_at: 1,
})
const aStep = (key: string, attempts: AttemptWire[], cells = 0): StepRunWire => ({
  key,
  state: 'RUNNING',
  needs: [],
  ...(cells === 0
    ? {}
    : { cells: Array.from({ length: cells }, (_, index) => ({ index, matrix: {}, state: 'RUNNING' as const })) }),
  attempts,
})
const aRun = (steps: StepRunWire[]): WorkflowRunWire => ({
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
const labels = (steps: StepRunWire[]): string[] => listAttempts(aRun(steps)).map(({ label }) => label)

describe('listAttempts', () => {
  test('orders by step, cell and number, and names what tells them apart', () => {
    const train = aStep('train', [anAttempt(1, 2), anAttempt(0, 1), anAttempt(1, 1)], 2)
    expect(labels([aStep('prepare', [anAttempt(0, 1)]), train])).toEqual(['prepare', 'train-1', 'train-2', 'train-2#2'])
  })

  test('the only step needs no name until it is tried again', () => {
    expect(labels([aStep('main', [anAttempt(0, 1), anAttempt(0, 2)])])).toEqual(['', 'main#2'])
  })
})
