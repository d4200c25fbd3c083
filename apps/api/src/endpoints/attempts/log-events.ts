import type { LogLine } from '@tidemill/core'
import type { LogPage } from './log-tails.ts'

/** Shorter than the idle limit of usual proxies. */
const HEARTBEAT_MS = 15_000
/** How long a browser waits before it connects again. */
const RECONNECT_MS = 1_000

/**
 * The pages of a log as server-sent events, with the line number as id. Ends with the event `end` after the last
 * page, and without it when the pages stop before.
 */
export async function* toLogEvents(pages: AsyncIterable<LogPage>): AsyncGenerator<string> {
  let lastSent = performance.now()
  yield `retry: ${RECONNECT_MS}\n\n`
  for await (const { lines, isLast } of pages) {
    const isSilent = lines.length === 0 && performance.now() - lastSent >= HEARTBEAT_MS
    if (lines.length > 0 || isSilent) lastSent = performance.now()
    if (lines.length > 0) yield lines.map(toEvent).join('')
    if (isSilent) yield ': heartbeat\n\n'
    if (isLast) yield 'event: end\ndata: {}\n\n'
  }
}

const toEvent = ({ number, stream, time, text }: LogLine): string =>
  `id: ${number}\ndata: ${JSON.stringify({ number, stream, time, text })}\n\n`
