import { Readable } from 'node:stream'
import { type LogLine, type LogLineWire, parseRequest, ReadLogsQuery, type ReadLogsResponse } from '@tidemill/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AppContext } from '../../context.ts'
import { rawEndpoint } from '../../http/endpoint.ts'
import { readMessage } from '../../http/read-message.ts'
import { toLogEvents } from './log-events.ts'
import { followLog } from './log-tails.ts'

/** Lines of one answer; `next` tells where to go on. */
const MAX_LINES = 1000
const MEBIBYTE = 1024 * 1024
const Request = ReadLogsQuery.extend({ attempt_id: z.string().min(1).max(64) })

/** A range of an attempt's log as JSON, or with `follow=true` (or an EventSource) all of it as it comes. */
export const readLogs = rawEndpoint({
  id: 'TM9',
  method: 'GET',
  path: '/attempts/:attempt_id/logs',
  access: { workflowRun: 'READ' },
  handle: async (request, reply, context) => {
    const message = parseRequest(Request, await readMessage(request, Request, MEBIBYTE))
    request.logFields = { attemptId: message.attempt_id }
    const isFollowing = message.follow === 'true' || (request.headers.accept ?? '').includes('text/event-stream')
    if (isFollowing) return streamLogs(request, reply, context, message.attempt_id, message.from)
    const { lines, ended } = await context.engine.readLogs(message.attempt_id, message.from, MAX_LINES)
    const answer: ReadLogsResponse = {
      lines: lines.map(toLogLineWire),
      next: (lines.at(-1)?.number ?? message.from - 1) + 1,
      ended: ended && lines.length < MAX_LINES,
    }
    return answer
  },
})

const streamLogs = async (
  request: FastifyRequest,
  reply: FastifyReply,
  { engine, logTails, closing }: AppContext,
  attemptId: string,
  from: number,
): Promise<FastifyReply> => {
  // Before the stream begins: an unknown attempt is a 404, not an empty stream.
  await engine.readLogs(attemptId, from, 1)
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const pages = followLog(logTails, {
    attemptId,
    from: resumeAfter(request.headers['last-event-id']) ?? from,
    signal: AbortSignal.any([gone.signal, closing]),
  })
  return reply
    .headers({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
    .send(Readable.from(toLogEvents(pages)))
}

/** A reconnecting EventSource names the last line that it has. */
const resumeAfter = (lastEventId: string | string[] | undefined): number | undefined =>
  typeof lastEventId === 'string' && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) + 1 : undefined

const toLogLineWire = ({ number, stream, time, text }: LogLine): LogLineWire => ({ number, stream, time, text })
