import { describe, expect, it } from 'vitest'
import { type CellBudget, judgeEnd } from './next-attempt.ts'

const budget = (given: Partial<CellBudget> = {}): CellBudget => ({
  retry: { attempts: 3, backoff: 'exponential', delayMs: 500 },
  userAttempts: 0,
  infrastructureAttempts: 0,
  isCancelling: false,
  ...given,
})
const ended = (state: string) => ({ kind: 'ended', state })
const retry = (delayMs: number) => ({ kind: 'retry', delayMs })

describe('judgeEnd', () => {
  it.each([
    ['succeeded', budget(), ended('SUCCEEDED')],
    ['failed', budget(), retry(500)],
    ['failed', budget({ userAttempts: 1 }), retry(1_000)],
    ['failed', budget({ userAttempts: 2 }), ended('FAILED')],
    ['timed_out', budget({ userAttempts: 1 }), retry(1_000)],
    ['timed_out', budget({ userAttempts: 2 }), ended('TIMED_OUT')],
    ['rejected', budget(), ended('FAILED')],
    ['cancelled', budget(), ended('CANCELLED')],
    ['lost', budget(), retry(0)],
    ['lost', budget({ infrastructureAttempts: 2 }), retry(0)],
    ['lost', budget({ infrastructureAttempts: 3 }), ended('FAILED')],
    ['infra_failed', budget({ userAttempts: 3 }), retry(1_000)],
    ['infra_failed', budget({ infrastructureAttempts: 2 }), retry(4_000)],
    ['infra_failed', budget({ infrastructureAttempts: 3 }), ended('FAILED')],
  ] as const)('%s after %j', (kind, before, next) => {
    expect(judgeEnd({ kind }, before).next).toEqual(next)
  })

  it.each([
    ['succeeded', 'SUCCEEDED'],
    ['failed', 'FAILED'],
    ['timed_out', 'TIMED_OUT'],
    ['infra_failed', 'CANCELLED'],
    ['lost', 'CANCELLED'],
    ['cancelled', 'CANCELLED'],
  ] as const)('starts nothing again while cancelling: %s ends the cell as %s', (kind, state) => {
    expect(judgeEnd({ kind }, budget({ isCancelling: true })).next).toEqual(ended(state))
  })

  it('takes over at once what a stopped worker gave back', () => {
    expect(judgeEnd({ kind: 'infra_failed', code: 'lost_worker' }, budget()).next).toEqual(retry(0))
  })

  it.each([
    ['failed', [1, 0]],
    ['timed_out', [1, 0]],
    ['infra_failed', [0, 1]],
    ['lost', [0, 1]],
    ['succeeded', [0, 0]],
    ['rejected', [0, 0]],
  ] as const)('%s uses up %j of the user’s and the infrastructure’s attempts', (kind, [user, infrastructure]) => {
    expect(judgeEnd({ kind }, budget())).toMatchObject({ userAttempts: user, infrastructureAttempts: infrastructure })
  })
})
