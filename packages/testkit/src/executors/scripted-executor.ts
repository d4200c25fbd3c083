import type { AttemptEnd, StepExecution, StepExecutor, StepHandle, StepObserver } from '@tidemill/core'

/** What a scripted step does: first `act`, then its lines on stdout, then its end. */
export type ScriptedStep = {
  /** Stands for what the command does to the outside, for example logging a metric. */
  readonly act?: (execution: StepExecution) => Promise<void>
  readonly lines?: readonly string[]
  readonly tags?: Readonly<Record<string, string>>
} & (
  | { readonly kind: 'end'; readonly end: AttemptEnd }
  /** Runs until it is cancelled, or until `release` is called. */
  | { readonly kind: 'hang' }
)

export interface ScriptedExecutor extends StepExecutor {
  /** Every execution that was started, in order. */
  readonly started: readonly StepExecution[]
  /** Executions that have neither ended nor been cancelled. */
  readonly live: ReadonlySet<StepExecution>
  /** Lets the hanging steps end with this. */
  release(end: AttemptEnd): void
  removeLeftovers(findLive: (attemptIds: readonly string[]) => Promise<ReadonlySet<string>>): Promise<number>
}

export const SUCCEEDED: AttemptEnd = { kind: 'succeeded', code: 'succeeded', exitCode: 0 }

export const failedWith = (exitCode: number): AttemptEnd => ({
  kind: 'failed',
  code: 'exit_code',
  exitCode,
  reason: `exit code ${exitCode}`,
})

/**
 * A StepExecutor without processes: `script` says what each execution does. `startedBefore` counts the earlier
 * executions of the same entry point.
 */
export const createScriptedExecutor = (
  script: (execution: StepExecution, startedBefore: number) => ScriptedStep,
): ScriptedExecutor => {
  const started: StepExecution[] = []
  const live = new Set<StepExecution>()
  const hanging = new Set<(end: AttemptEnd) => void>()

  const run = async (
    execution: StepExecution,
    observer: StepObserver,
    step: ScriptedStep,
    stopped: Promise<AttemptEnd>,
  ): Promise<AttemptEnd> => {
    for (const phase of ['fetching', 'building', 'executing'] as const) {
      if (!(await observer.onPhase(phase))) return CANCELLED
    }
    live.add(execution)
    if (step.tags !== undefined) await observer.onTags(step.tags)
    await step.act?.(execution)
    for (const text of step.lines ?? []) observer.onLine({ stream: 'stdout', time: Date.now(), text })
    const end = step.kind === 'end' ? step.end : await stopped
    live.delete(execution)
    return end
  }

  return {
    started,
    live,
    start: (execution, observer): StepHandle => {
      const { name } = execution.entryPoint
      const step = script(execution, started.filter((earlier) => earlier.entryPoint.name === name).length)
      started.push(execution)
      const { promise: stopped, resolve } = Promise.withResolvers<AttemptEnd>()
      if (step.kind === 'hang') hanging.add(resolve)
      const ended = run(execution, observer, step, stopped)
      return {
        wait: () => ended,
        cancel: async (cause) => {
          resolve(cause === 'cancelled' ? CANCELLED : LEASE_LOST)
          await ended
        },
      }
    },
    release: (end) => {
      for (const resolve of hanging) resolve(end)
      hanging.clear()
    },
    removeLeftovers: async () => 0,
  }
}

const CANCELLED: AttemptEnd = { kind: 'cancelled', code: 'cancelled', reason: 'cancelled' }
const LEASE_LOST: AttemptEnd = { kind: 'infra_failed', code: 'lost_worker', reason: 'lease lost' }
