import { describe, expect, it } from 'vitest'
import type { StepRunState } from './states.ts'
import { endOfStep, openStepState, stepReason } from './step-state.ts'

const cellsOf = (...states: StepRunState[]) => states.map((state, index) => ({ index, state, reason: `r${index}` }))

describe('endOfStep', () => {
  it.each([
    [['SUCCEEDED', 'SUCCEEDED'], 'SUCCEEDED', undefined],
    [['CANCELLED', 'TIMED_OUT', 'FAILED', 'FAILED'], 'FAILED', 2],
    [['SUCCEEDED', 'CANCELLED', 'TIMED_OUT'], 'TIMED_OUT', 2],
    [['SUCCEEDED', 'CANCELLED'], 'CANCELLED', 1],
    [['UPSTREAM_FAILED', 'UPSTREAM_FAILED'], 'UPSTREAM_FAILED', 0],
    [[], 'SUCCEEDED', undefined],
  ] as const)('of cells %j is %s', (states, state, culprit) => {
    expect(endOfStep(cellsOf(...states))).toMatchObject({ state })
    expect(endOfStep(cellsOf(...states))?.culprit?.index).toBe(culprit)
  })

  it.each(['BLOCKED', 'READY', 'RUNNING', 'BACKOFF'] as const)('is none while a cell is %s', (state) => {
    expect(endOfStep(cellsOf('FAILED', state))).toBeUndefined()
  })
})

describe('openStepState', () => {
  it.each([
    [{ cellCount: 1, openCells: 1, backoffCells: 1 }, 'BACKOFF'],
    [{ cellCount: 1, openCells: 1, backoffCells: 0 }, 'READY'],
    [{ cellCount: 3, openCells: 2, backoffCells: 2 }, 'BACKOFF'],
    [{ cellCount: 3, openCells: 2, backoffCells: 1 }, 'RUNNING'],
  ] as const)('of %j is %s', (counts, state) => {
    expect(openStepState(counts)).toBe(state)
  })
})

describe('stepReason', () => {
  it.each([
    [1, 'exit code 3', 'exit code 3'],
    [3, 'exit code 3', 'cell 2 failed: exit code 3'],
    [3, undefined, 'cell 2 failed'],
  ])('of a step with %i cells that ended with %j is %j', (cellCount, reason, expected) => {
    const culprit = { index: 1, state: 'FAILED' as const, ...(reason === undefined ? {} : { reason }) }
    expect(stepReason({ state: 'FAILED', culprit }, cellCount)).toBe(expected)
  })
})
