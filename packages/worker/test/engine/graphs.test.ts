import type { StepDefinition, StepExecution } from '@tidemill/core'
import { createScriptedExecutor, failedWith, SUCCEEDED, waitFor } from '@tidemill/testkit'
import { describe, expect, test } from 'vitest'
import { dependentsOf, GRAPHS } from './graphs.ts'
import {
  attemptStates,
  DISTRIBUTED,
  EMBEDDED,
  startTestWorker,
  stepStates,
  submitSteps,
  useDispatcher,
  waitForEnd,
} from './world.ts'

const succeed = { kind: 'end', end: SUCCEEDED } as const

describe.each([EMBEDDED, DISTRIBUTED])('$name', (mode) => {
  describe.skipIf(mode.problem !== undefined)('graph shapes', () => {
    const getWorld = mode.useWorld()

    describe.each(Object.entries(GRAPHS))('%s', (_shape, steps) => {
      test('runs every cell once, after everything that it needs', async () => {
        const world = getWorld()
        const executor = createScriptedExecutor(() => succeed)
        await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
        const ended = await waitForEnd(world, await submitSteps(world, steps))
        expect(ended.state).toBe('SUCCEEDED')
        expect(executor.started).toHaveLength(steps.reduce((sum, step) => sum + countCells(step), 0))
        expectOrder(executor.started, steps)
        expect((await world.tracking.getRun(ended.runId)).info.status).toBe('FINISHED')
      })

      test('a failed step fails what depends on it and nothing else', async () => {
        const world = getWorld()
        const executor = createScriptedExecutor(({ entryPoint }) =>
          entryPoint.name === 'b' ? { kind: 'end', end: failedWith(3) } : succeed,
        )
        await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
        const ended = await waitForEnd(world, await submitSteps(world, steps))
        const dependents = dependentsOf('b', steps)
        expect(ended.state).toBe('FAILED')
        expect(ended.reason).toContain("step 'b'")
        expect(ended.reason).toContain('exit code 3')
        expect(stepStates(ended)).toBe(
          steps
            .map(({ key }) =>
              key === 'b' ? 'b:FAILED' : `${key}:${dependents.has(key) ? 'UPSTREAM_FAILED' : 'SUCCEEDED'}`,
            )
            .toSorted()
            .join(' '),
        )
        expect((await world.tracking.getRun(ended.runId)).info.status).toBe('FAILED')
      })

      test('a step that fails once succeeds with its retry', async () => {
        const world = getWorld()
        const executor = createScriptedExecutor(({ entryPoint }, startedBefore) =>
          entryPoint.name === 'b' && startedBefore === 0 ? { kind: 'end', end: failedWith(1) } : succeed,
        )
        await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
        const retried = steps.map((step) =>
          step.key === 'b' ? { ...step, retry: { attempts: 2, backoff: 'fixed', delayMs: 0 } as const } : step,
        )
        const ended = await waitForEnd(world, await submitSteps(world, retried))
        expect(ended.state).toBe('SUCCEEDED')
        expect(attemptStates(ended, 'b').filter((state) => state === 'FAILED')).toHaveLength(1)
      })

      test('a cancel ends what runs and what waits', async () => {
        const world = getWorld()
        const executor = createScriptedExecutor(({ entryPoint }) =>
          entryPoint.name === 'b' ? { kind: 'hang' } : succeed,
        )
        await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
        const submitted = await submitSteps(world, steps)
        await waitFor('the hanging step', () => executor.live.size > 0)
        await world.engine.cancelWorkflowRun(submitted.workflowRunId)
        const ended = await waitForEnd(world, submitted, 10_000)
        expect(ended.state).toBe('CANCELLED')
        expect(executor.live.size).toBe(0)
        expect((await world.tracking.getRun(ended.runId)).info.status).toBe('KILLED')
      })
    })
  })
})

const countCells = ({ matrix }: StepDefinition): number =>
  matrix.reduce((count, { values }) => count * values.length, 1)

/** A step starts only after the last cell of each needed one has ended, so the order of the starts shows it. */
const expectOrder = (started: readonly StepExecution[], steps: readonly StepDefinition[]): void => {
  const names = started.map(({ entryPoint }) => entryPoint.name)
  for (const step of steps) {
    for (const needed of step.needs) {
      expect(names.lastIndexOf(needed), `${needed} before ${step.key}`).toBeLessThan(names.indexOf(step.key))
    }
  }
}
