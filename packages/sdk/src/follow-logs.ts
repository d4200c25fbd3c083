import { LogLineWire } from '@tidemill/core'
import { ApiError, ServerUnreachableError, UnexpectedAnswerError } from './errors.ts'
import type { Http } from './http.ts'
import { readServerSentEvents } from './server-sent-events.ts'

export interface FollowLogsOptions {
  /** First line to give, from 1. @default 1 */
  readonly from?: number
  readonly signal?: AbortSignal
  /** How long to try a server that does not answer before giving up, in ms. @default 60000 */
  readonly reconnectForMs?: number
}

/** The server sends at least a comment every 15 s: three missed ones mean that the connection is dead. */
const IDLE_LIMIT_MS = 45_000
const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 2_000

/**
 * The lines of an attempt's log as they come, each once and in order, over as many connections as it takes; ends
 * when the attempt has ended, or quietly when the signal is aborted. Throws ApiError for an unknown attempt and
 * ServerUnreachableError when the server stays away.
 */
export async function* followLogs(
  http: Http,
  attemptId: string,
  options: FollowLogsOptions,
): AsyncGenerator<LogLineWire> {
  let next = options.from ?? 1
  let delayMs = FIRST_DELAY_MS
  let unreachableSince: number | undefined
  const isAborted = (): boolean => options.signal?.aborted === true

  while (!isAborted()) {
    try {
      for await (const line of followOnce(http, attemptId, next, options.signal)) {
        unreachableSince = undefined
        delayMs = FIRST_DELAY_MS
        if (line === 'end') return
        if (line.number < next) continue
        next = line.number + 1
        yield line
      }
    } catch (error) {
      if (isAborted()) return
      if (!isTransient(error)) throw error
      unreachableSince ??= performance.now()
      if (performance.now() - unreachableSince > (options.reconnectForMs ?? 60_000)) throw error
    }
    await delay(delayMs, options.signal)
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)
  }
}

const isTransient = (error: unknown): boolean =>
  error instanceof ServerUnreachableError || (error instanceof ApiError && error.status >= 500)

async function* followOnce(
  http: Http,
  attemptId: string,
  from: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogLineWire | 'end'> {
  const idle = new AbortController()
  let timer = setTimeout(() => idle.abort(), IDLE_LIMIT_MS)
  const restart = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => idle.abort(), IDLE_LIMIT_MS)
  }
  try {
    const response = await http.open({
      path: `/api/tidemill/v1/attempts/${encodeURIComponent(attemptId)}/logs`,
      query: { from, follow: 'true' },
      headers: { accept: 'text/event-stream', ...(from > 1 ? { 'last-event-id': String(from - 1) } : {}) },
      signal: signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal]),
      timeoutMs: Number.POSITIVE_INFINITY,
    })
    if (response.body === null) throw new UnexpectedAnswerError(http.url, 'the log stream has no body')
    for await (const event of readServerSentEvents(response.body, restart)) {
      if (event.event === 'end') yield 'end'
      else if (event.event === 'message') yield parseLine(http.url, event.data)
    }
  } catch (error) {
    if (error instanceof ApiError || error instanceof UnexpectedAnswerError) throw error
    throw new ServerUnreachableError(http.url, 'the log stream broke', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

const parseLine = (url: string, data: string): LogLineWire => {
  try {
    return LogLineWire.parse(JSON.parse(data))
  } catch (error) {
    throw new UnexpectedAnswerError(url, `a log line is '${data.slice(0, 80)}'`, { cause: error })
  }
}

const delay = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    signal?.addEventListener('abort', finish)
    if (signal?.aborted === true) finish()
  })
