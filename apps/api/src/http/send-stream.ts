import type { ServerResponse } from 'node:http'
import { type Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { releaseChunk } from '@tidemill/core'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Sends the stream past Fastify and frees each chunk as soon as the socket has taken it, so that a download of any
 * size neither grows the memory nor calls the garbage collector. A stream that breaks breaks the connection: the
 * client was told a length and sees that bytes are missing.
 */
export const sendStream = async (
  request: FastifyRequest,
  reply: FastifyReply,
  stream: Readable,
): Promise<FastifyReply> => {
  const response = writeHead(reply)
  const socket = new Writable({
    highWaterMark: 1,
    write: (chunk: Uint8Array, _encoding, done) => {
      const hasRoom = response.write(chunk, (error) => {
        if (error === undefined || error === null) releaseChunk(chunk)
        if (!hasRoom) done(error)
      })
      if (hasRoom) done()
    },
    final: (done) => {
      response.end(done)
    },
    destroy: (error, done) => {
      if (error !== null) response.destroy()
      done(error)
    },
  })
  response.once('close', () => socket.destroy())
  try {
    await pipeline(stream, socket)
  } catch (error) {
    request.log.info({ error, ...request.logFields }, 'a download ended before its last byte')
  }
  return reply
}

/** From here on the answer is written by hand. */
export const writeHead = (reply: FastifyReply): ServerResponse => {
  const { statusCode } = reply
  reply.hijack()
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  return reply.raw.writeHead(statusCode)
}
