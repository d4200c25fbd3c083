import type { EngineStore } from '@tidemill/core'
import type { LogWakes } from './log-wakes.ts'

const BATCH_LINES = 500
/** Wakes may be lost, so the store is asked at least this often. */
const POLL_MS = 1_000
/** Shorter than the idle limit of usual proxies. */
const HEARTBEAT_MS = 15_000
/** How long a browser waits before it connects again. */
const RECONNECT_MS = 1_000

/**
 * An attempt's log as server-sent events, each line once and in order from line `from`, with the line number as id.
 * Ends with the event `end` when the attempt has ended and every line is out, and without it when `signal` aborts.
 */
export async function* followLogs(
  engine: Pick<EngineStore, 'readLogs'>,
  wakes: LogWakes,
  { attemptId, from, signal }: { readonly attemptId: string; readonly from: number; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  using wake = await wakes.subscribe(attemptId, signal)
  let next = from
  let lastSent = performance.now()
  yield `retry: ${RECONNECT_MS}\n\n`
  while (!signal.aborted) {
    wake.reset()
    const { lines, ended } = await engine.readLogs(attemptId, next, BATCH_LINES)
    if (lines.length > 0) {
      next = (lines.at(-1)?.number ?? next) + 1
      lastSent = performance.now()
      yield lines
        .map(
          ({ number, stream, time, text }) =>
            `id: ${number}\ndata: ${JSON.stringify({ number, stream, time, text })}\n\n`,
        )
        .join('')
    } else if (ended) {
      yield 'event: end\ndata: {}\n\n'
      return
    } else {
      await wake.wait(POLL_MS)
      if (performance.now() - lastSent >= HEARTBEAT_MS) {
        lastSent = performance.now()
        yield ': heartbeat\n\n'
      }
    }
  }
}
