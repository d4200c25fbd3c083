import { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { parseRequest } from '@tidemill/core'
import { z } from 'zod'
import { followLog, type LogPage } from '../endpoints/attempts/log-tails.ts'
import { rawEndpoint } from '../http/endpoint.ts'
import { readMessage } from '../http/read-message.ts'
import { ARTIFACT_HEADERS } from '../http/security-headers.ts'

const KIBIBYTE = 1024
const Request = z.object({
  attempt_id: z.string().min(1).max(64),
  follow: z.enum(['true', 'false']).default('false'),
})

/** What an attempt wrote, as plain text for people; with `follow=true` until it ends. */
export const logPage = rawEndpoint({
  id: 'N14',
  method: 'GET',
  path: '/attempts/:attempt_id/log',
  access: { workflowRun: 'READ' },
  handle: async (request, reply, { engine, logTails, closing }) => {
    const message = parseRequest(Request, await readMessage(request, Request, KIBIBYTE))
    const attemptId = message.attempt_id
    request.logFields = { attemptId }
    // Before the stream begins: an unknown attempt is a 404, not an empty text.
    await engine.readLogs(attemptId, 1, 1)
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const pages = followLog(logTails, { attemptId, from: 1, signal: AbortSignal.any([gone.signal, closing]) })
    return reply
      .headers({ ...ARTIFACT_HEADERS, 'content-type': 'text/plain; charset=utf-8', 'x-accel-buffering': 'no' })
      .send(Readable.from(toText(pages, message.follow === 'true')))
  },
})

async function* toText(pages: AsyncIterable<LogPage>, isFollowing: boolean): AsyncGenerator<string> {
  // Sends the headers: a browser shows the page although nothing was written yet.
  yield ''
  for await (const { lines, isComplete } of pages) {
    // A browser shows a terminal's control sequences as boxes.
    if (lines.length > 0) yield lines.map(({ text }) => `${stripVTControlCharacters(text)}\n`).join('')
    if (isComplete && !isFollowing) return
  }
}
