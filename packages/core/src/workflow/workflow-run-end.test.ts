import { describe, expect, it } from 'vitest'
import type { StepRunState } from './states.ts'
import { endOfWorkflowRun, runStatusOf } from './workflow-run-end.ts'

const step = (
  key: string,
  state: StepRunState,
  given: { cell?: number; cellCount?: number; reason?: string } = {},
) => ({
  key,
  state,
  cellCount: given.cellCount ?? 1,
  culprit: { index: given.cell ?? 0, state, ...(given.reason === undefined ? {} : { reason: given.reason }) },
})

describe('endOfWorkflowRun', () => {
  it.each([
    ['nothing went wrong', [], { state: 'SUCCEEDED' }],
    [
      'a cell failed',
      [step('train', 'FAILED', { cell: 1, cellCount: 3, reason: 'exit code 3' }), step('report', 'UPSTREAM_FAILED')],
      { state: 'FAILED', reason: "step 'train' (cell 2) failed: exit code 3" },
    ],
    [
      'a step failed after another one timed out',
      [step('slow', 'TIMED_OUT', { reason: 'ran longer than 30 s' }), step('bad', 'FAILED', { reason: 'exit code 1' })],
      { state: 'FAILED', reason: "step 'bad' failed: exit code 1" },
    ],
    [
      'steps only timed out',
      [step('slow', 'TIMED_OUT', { reason: 'ran longer than 30 s' }), step('next', 'UPSTREAM_FAILED')],
      { state: 'TIMED_OUT', reason: "step 'slow' timed out: ran longer than 30 s" },
    ],
    ['a step cancelled itself', [step('a', 'CANCELLED')], { state: 'CANCELLED', reason: "step 'a' was cancelled" }],
  ])('when %s', (_, steps, expected) => {
    expect(endOfWorkflowRun(steps, false)).toEqual(expected)
  })

  it('is CANCELLED for a cancelling workflow run, whatever its steps came to', () => {
    expect(endOfWorkflowRun([step('a', 'FAILED')], true)).toEqual({ state: 'CANCELLED', reason: 'cancelled' })
  })
})

it.each([
  ['SUCCEEDED', 'FINISHED'],
  ['CANCELLED', 'KILLED'],
  ['FAILED', 'FAILED'],
  ['TIMED_OUT', 'FAILED'],
  ['LOST', 'FAILED'],
  ['INFRA_FAILED', 'FAILED'],
] as const)('%s is %s in MLflow', (state, status) => {
  expect(runStatusOf(state)).toBe(status)
})
