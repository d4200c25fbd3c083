import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type {
  ArtifactDownloader,
  AttemptEnd,
  StepExecution,
  StepExecutor,
  StepHandle,
  StepObserver,
} from '@tidemill/core'
import type { DockerOptions } from '../docker/docker-policy.ts'
import type { EnvironmentPolicy } from '../launch/process-environment.ts'
import { createProjectFetcher } from '../source/fetch-project.ts'
import type { SourcePolicy } from '../source/source-policy.ts'
import type { ExecutorContext } from './attempt-context.ts'
import { toAttemptEnd } from './attempt-end.ts'
import { createAttemptLog } from './attempt-log.ts'
import { getExecutorId } from './executor-id.ts'
import { removeLeftovers } from './leftovers.ts'
import { runAttempt } from './run-attempt.ts'

export interface StepExecutorOptions {
  /** Mirrors, environments, work directories and locks live below it. One per host and deployment. */
  readonly dataDirectory: string
  readonly environmentPolicy: EnvironmentPolicy
  readonly downloader: ArtifactDownloader
  readonly sourcePolicy: SourcePolicy
  /** ms between SIGTERM and SIGKILL. @default 2000 */
  readonly graceMs?: number
  readonly docker?: DockerOptions
  /** ms for each tool that builds an environment. @default 1800000 (30 min) */
  readonly environmentBuildTimeoutMs?: number
}

/** Runs attempts on this host. Disposing it cancels what runs and waits until nothing is left. */
export interface HostStepExecutor extends StepExecutor, AsyncDisposable {
  /**
   * Ends processes and containers, and deletes work directories, of attempts that this host started, that do not run
   * in this executor, and that `findLive` does not answer. Answers of how many attempts something was left.
   */
  removeLeftovers(findLive: (attemptIds: readonly string[]) => Promise<ReadonlySet<string>>): Promise<number>
}

const DEFAULT_GRACE_MS = 2_000
const DEFAULT_BUILD_TIMEOUT_MS = 30 * 60_000
const ATTEMPT_ID = /^[A-Za-z0-9_-]{1,64}$/

export const createStepExecutor = (options: StepExecutorOptions): HostStepExecutor => {
  const dataDirectory = resolve(options.dataDirectory)
  const running = new Map<string, StepHandle>()
  const context: Omit<ExecutorContext, 'executorId'> = {
    dataDirectory,
    environmentPolicy: options.environmentPolicy,
    downloader: options.downloader,
    allowsAnyPath: options.sourcePolicy.allowLocal,
    docker: options.docker ?? {},
    graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
    buildTimeoutMs: options.environmentBuildTimeoutMs ?? DEFAULT_BUILD_TIMEOUT_MS,
    fetchProject: createProjectFetcher({
      cacheDirectory: resolve(dataDirectory, 'cache', 'git'),
      policy: options.sourcePolicy,
    }),
  }

  const execute = async (execution: StepExecution, observer: StepObserver, signal: AbortSignal) => {
    const log = createAttemptLog(observer)
    try {
      if (!ATTEMPT_ID.test(execution.attemptId)) throw new Error(`'${execution.attemptId}' is no attempt id`)
      await mkdir(dataDirectory, { recursive: true })
      const executorId = await getExecutorId(dataDirectory)
      return await runAttempt({ ...context, executorId }, execution, observer, log, signal)
    } catch (error) {
      return signal.aborted ? toCancelledEnd(signal.reason) : toAttemptEnd(error)
    } finally {
      log.end()
    }
  }

  return {
    start(execution, observer) {
      const stop = new AbortController()
      const ended = execute(execution, observer, stop.signal).finally(() => running.delete(execution.attemptId))
      const handle: StepHandle = {
        wait: () => ended,
        cancel: async (cause) => {
          stop.abort(cause)
          await ended
        },
      }
      running.set(execution.attemptId, handle)
      return handle
    },
    removeLeftovers: async (findLive) =>
      removeLeftovers({
        dataDirectory,
        executorId: await getExecutorId(dataDirectory),
        findLive: async (attemptIds) => {
          const others = attemptIds.filter((attemptId) => !running.has(attemptId))
          return others.length === 0
            ? new Set(attemptIds)
            : findLive(others).then((live) => live.union(new Set(running.keys())))
        },
      }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...running.values()].map((handle) => handle.cancel('cancelled')))
    },
  }
}

const toCancelledEnd = (cause: unknown): AttemptEnd =>
  cause === 'lease_lost'
    ? { kind: 'cancelled', code: 'lost_worker', reason: 'The worker lost its lease on the attempt.' }
    : { kind: 'cancelled', code: 'cancelled', reason: 'Cancelled.' }
