import { setTimeout as delay } from 'node:timers/promises'
import { isTerminalWorkflowRun, type LogLineWire, type WorkflowRunWire } from '@tidemill/core'
import { ApiError, ServerUnreachableError, type TidemillClient } from '@tidemill/sdk'
import { createLimiter } from './limiter.ts'
import { listAttempts, type StepAttempt } from './list-attempts.ts'

export interface WorkflowRunObserver {
  /** Called with every state that was seen, the last one included. */
  onUpdate(run: WorkflowRunWire): void
  /** Absent: the logs are not read. */
  readonly onLine?: (line: LogLineWire, attempt: StepAttempt) => void
  /** Which attempts' logs to read. @default all */
  readonly wants?: (attempt: StepAttempt) => boolean
}

const FIRST_POLL_MS = 40
const SLOWEST_POLL_MS = 1_000
/** A server that restarts comes back within this; longer and it is gone. */
const RECONNECT_MS = 60_000
/** Connections that stay open for logs at once; the logs of further attempts wait for a free one. */
const MAX_LOG_STREAMS = 32

/**
 * Watches a workflow run until it has ended and all its logs are read, and answers its last state. The end of a log
 * looks again at once, so a step's end is seen without waiting for the next poll. Throws ServerUnreachableError when
 * the server stays away for a minute.
 */
export const followWorkflowRun = async (
  client: TidemillClient,
  workflowRunId: string,
  observer: WorkflowRunObserver,
): Promise<WorkflowRunWire> => {
  const abort = new AbortController()
  const limit = createLimiter(MAX_LOG_STREAMS)
  const streams = new Map<string, Promise<void>>()
  let wake = new AbortController()
  let pollMs = FIRST_POLL_MS
  const pollSoon = (): void => {
    pollMs = FIRST_POLL_MS
    wake.abort()
  }
  const read = async (attempt: StepAttempt, onLine: NonNullable<WorkflowRunObserver['onLine']>): Promise<void> => {
    const { attempt_id: attemptId } = attempt.attempt
    for await (const line of client.followLogs(attemptId, { signal: abort.signal })) onLine(line, attempt)
    pollSoon()
  }
  const startStreams = (run: WorkflowRunWire): void => {
    const { onLine } = observer
    if (onLine === undefined) return
    for (const attempt of listAttempts(run)) {
      const { attempt_id: id, state } = attempt.attempt
      if (streams.has(id) || state === 'QUEUED' || observer.wants?.(attempt) === false) continue
      const stream = limit(() => read(attempt, onLine))
      // Awaited at the end; until then a failure must not count as unhandled.
      stream.catch(() => undefined)
      streams.set(id, stream)
    }
  }

  let seen = ''
  try {
    for (;;) {
      const run = await getPatiently(client, workflowRunId)
      observer.onUpdate(run)
      startStreams(run)
      if (isTerminalWorkflowRun(run.state)) {
        await Promise.all(streams.values())
        return run
      }
      const now = JSON.stringify(run)
      pollMs = now === seen ? Math.min(pollMs * 1.5, SLOWEST_POLL_MS) : FIRST_POLL_MS
      seen = now
      await delay(pollMs, undefined, { signal: wake.signal }).catch(() => undefined)
      if (wake.signal.aborted) wake = new AbortController()
    }
  } finally {
    abort.abort()
  }
}

const getPatiently = async (client: TidemillClient, workflowRunId: string): Promise<WorkflowRunWire> => {
  const giveUpAt = performance.now() + RECONNECT_MS
  for (;;) {
    try {
      return await client.getWorkflowRun(workflowRunId)
    } catch (error) {
      const isTransient = error instanceof ServerUnreachableError || (error instanceof ApiError && error.status === 503)
      if (!isTransient || performance.now() > giveUpAt) throw error
      await delay(500)
    }
  }
}
