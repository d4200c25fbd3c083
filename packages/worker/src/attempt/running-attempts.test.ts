import { type ClaimedAttempt, type Logger, NO_RETRY, type StepHandle } from '@tidemill/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createRunningAttempts, LeaseLostError } from './running-attempts.ts'

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const aClaim: ClaimedAttempt = {
  lease: { attemptId: 'a-1', fence: 1 },
  leaseMs: 1_000,
  workflowRunId: 'w-1',
  rootRunId: 'r-1',
  experimentId: '0',
  target: 'workflow',
  workflowName: 'main',
  stepKey: 'train',
  cellIndex: 0,
  matrix: {},
  number: 1,
  entryPoint: 'train',
  source: { kind: 'folder', uri: '/p', location: '/p', subdirectory: '', sourceName: '/p' },
  spec: { environment: { kind: 'python_env' }, entryPoints: [], workflows: [] },
  buildImage: false,
  workflowParameters: {},
  parameters: [],
  retry: NO_RETRY,
  userId: '',
  upstreamRunIds: {},
}

const setup = () => {
  const running = createRunningAttempts({ now: () => Date.now() }, silent)
  const attempt = running.add(aClaim, Date.now())
  const cancel = vi.fn<StepHandle['cancel']>().mockResolvedValue(undefined)
  const handle: StepHandle = { wait: () => new Promise(() => undefined), cancel }
  return { running, attempt, cancel, handle }
}

describe('a running attempt', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('kills itself after 0.7 of a lease without a beat', async () => {
    const { attempt, cancel, handle } = setup()
    attempt.attach(handle)
    await vi.advanceTimersByTimeAsync(699)
    expect(cancel).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(cancel).toHaveBeenCalledExactlyOnceWith('lease_lost')
    expect(attempt.lost.reason).toBeInstanceOf(LeaseLostError)
  })

  test('lives on while beats are confirmed, each counting from when it was sent', async () => {
    const { attempt, cancel, handle } = setup()
    attempt.attach(handle)
    await vi.advanceTimersByTimeAsync(600)
    attempt.renew(Date.now() - 500)
    await vi.advanceTimersByTimeAsync(199)
    expect(attempt.stopCause).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(cancel).toHaveBeenCalledExactlyOnceWith('lease_lost')
  })

  test('a stop before the start of the command cancels it as soon as there is one', () => {
    const { attempt, cancel, handle } = setup()
    attempt.stop('cancelled')
    attempt.attach(handle)
    expect(cancel).toHaveBeenCalledExactlyOnceWith('cancelled')
  })

  test('keeps the first cause, except that a lost lease counts always', () => {
    const { attempt, cancel, handle } = setup()
    attempt.attach(handle)
    attempt.stop('cancelled')
    attempt.stop('worker_stopped')
    expect(attempt.stopCause).toBe('cancelled')
    attempt.stop('lease_lost')
    expect(attempt.stopCause).toBe('lease_lost')
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  test('is watched no more after it was removed', async () => {
    const { running, attempt } = setup()
    running.remove(attempt)
    attempt.renew(Date.now())
    await vi.advanceTimersByTimeAsync(5_000)
    expect(attempt.stopCause).toBeUndefined()
    expect(running.list()).toEqual([])
  })

  test('is stopped when it is added to a worker that stops', () => {
    const { running, attempt } = setup()
    running.stopAll()
    expect(attempt.stopCause).toBe('worker_stopped')
    expect(running.add(aClaim, Date.now()).stopCause).toBe('worker_stopped')
  })
})
