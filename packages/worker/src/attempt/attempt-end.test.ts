import {
  type AttemptEnd,
  InvalidParameterValueError,
  ResourceDoesNotExistError,
  TemporarilyUnavailableError,
} from '@tidemill/core'
import { describe, expect, test } from 'vitest'
import { toFailedEnd, toFinalEnd, toStoredEnd, toStoppedEnd } from './attempt-end.ts'
import type { StopCause } from './running-attempts.ts'

describe('toFailedEnd', () => {
  test.each<[title: string, error: unknown, kind: AttemptEnd['kind'], code: AttemptEnd['code']]>([
    ['a bad value never runs again', new InvalidParameterValueError('bad'), 'rejected', 'parameters'],
    ['a missing run never runs again', new ResourceDoesNotExistError('gone'), 'rejected', 'parameters'],
    ['a store that is away is infrastructure', new TemporarilyUnavailableError('away'), 'infra_failed', 'internal'],
    ['a bug is infrastructure', new TypeError('undefined is not a function'), 'infra_failed', 'internal'],
  ])('%s', (_title, error, kind, code) => {
    expect(toFailedEnd(error, 'a-1')).toMatchObject({ kind, code })
  })

  test('says nothing of the inside when it is ours', () => {
    expect(toFailedEnd(new Error('password=hunter2'), 'a-1').reason).not.toContain('hunter2')
  })
})

describe('toFinalEnd', () => {
  const cancelled: AttemptEnd = { kind: 'cancelled', code: 'cancelled' }
  const succeeded: AttemptEnd = { kind: 'succeeded', code: 'succeeded' }
  test.each<[title: string, end: AttemptEnd, cause: StopCause | undefined, kind: AttemptEnd['kind']]>([
    ['a step that a shutdown killed is run elsewhere', cancelled, 'worker_stopped', 'infra_failed'],
    ['a step that succeeded during a shutdown has succeeded', succeeded, 'worker_stopped', 'succeeded'],
    ['a cancelled step is cancelled', cancelled, 'cancelled', 'cancelled'],
    ['a step that ended by itself keeps its end', succeeded, undefined, 'succeeded'],
  ])('%s', (_title, end, cause, kind) => {
    expect(toFinalEnd(end, cause).kind).toBe(kind)
  })
})

describe('toStoppedEnd', () => {
  test.each<[StopCause, AttemptEnd['kind']]>([
    ['cancelled', 'cancelled'],
    ['worker_stopped', 'infra_failed'],
  ])('an attempt that was %s before its start ends as %s', (cause, kind) => {
    expect(toStoppedEnd(cause).kind).toBe(kind)
  })
})

describe('toStoredEnd', () => {
  test('masks the reason before it cuts it', () => {
    const reason = `${'x'.repeat(3_995)}hunter2`
    const stored = toStoredEnd({ kind: 'failed', code: 'exit_code', reason }, (text) => text.replace('hunter2', '***'))
    expect(stored.reason).toBe(`${'x'.repeat(3_995)}***`)
  })
})
