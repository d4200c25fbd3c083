import { Readable } from 'node:stream'
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
  for await (const { lines, isComplete } of pages) {
    if (lines.length > 0) yield lines.map(({ text }) => `${withoutColours(text)}\n`).join('')
    if (isComplete && !isFollowing) return
  }
}

/** A browser shows a terminal's control sequences as boxes. */
const withoutColours = (text: string): string => text.replace(CONTROL_SEQUENCE, '')

// oxlint-disable-next-line no-control-regex -- the escape character is what it looks for
const CONTROL_SEQUENCE = /\u001b\[[0-9;?]*[ -/]*[@-~]/g
