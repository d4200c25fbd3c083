import type { StepRunWire, WorkflowRunWire } from '@tidemill/core'
import { describe, expect, test } from 'vitest'
import { describeChanges } from './plain-progress.ts'

const aRun = (state: WorkflowRunWire['state'], steps: Partial<StepRunWire>[]): WorkflowRunWire => ({
  workflow_run_id: 'w',
  run_id: 'r',
  experiment_id: '0',
  name: 'main',
  state,
  project: { uri: '/p' },
  parameters: {},
  created_at: 1,
  steps: steps.map((step) => ({ key: 'train', state: 'BLOCKED', needs: [], attempts: [], ...step })),
})
const cells = (...states: StepRunWire['state'][]) =>
  states.map((state, index) => ({ index, matrix: { alpha: String(index) }, state }))

describe('describeChanges', () => {
  test.each<[string, WorkflowRunWire | undefined, WorkflowRunWire, string[]]>([
    ['nothing of steps that only wait', undefined, aRun('QUEUED', [{}]), []],
    ['a step that starts', aRun('QUEUED', [{}]), aRun('RUNNING', [{ state: 'RUNNING' }]), ['train RUNNING']],
    [
      'nothing when nothing changed',
      aRun('RUNNING', [{ state: 'RUNNING' }]),
      aRun('RUNNING', [{ state: 'RUNNING' }]),
      [],
    ],
    [
      'a cell that succeeded',
      aRun('RUNNING', [{ state: 'RUNNING', cells: cells('RUNNING', 'RUNNING') }]),
      aRun('RUNNING', [{ state: 'RUNNING', cells: cells('SUCCEEDED', 'RUNNING') }]),
      ['train RUNNING (1/2 cells)'],
    ],
    [
      'why a step failed',
      aRun('RUNNING', [{ state: 'RUNNING' }]),
      aRun('FAILED', [{ state: 'FAILED', reason: 'exit code 3' }]),
      ['train FAILED exit code 3'],
    ],
    ['a pause, once', aRun('RUNNING', [{}]), aRun('PAUSED', [{}]), ['main PAUSED']],
  ])('tells %s', (_case, before, after, lines) => {
    expect(describeChanges(before, after)).toEqual(lines)
  })
})
