import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

const compress = promisify(gzip)

/** Answers above this are compressed for clients that ask for it; below, the time costs more than the bytes. */
const COMPRESSED_FROM_BYTES = 32 * 1024

/** An answer that is JSON text already, or its bytes: it goes out as it is. */
export class JsonText {
  readonly text: string | Buffer

  constructor(text: string | Buffer) {
    this.text = text
  }
}

const COMMA = 0x2c

/** Texts with commas between them, between two others: each is copied once. */
export const joinJson = (items: readonly string[], before: string, after: string): Buffer => {
  const edges = Buffer.byteLength(before) + Buffer.byteLength(after)
  const bytes = Buffer.allocUnsafe(items.reduce((sum, item) => sum + Buffer.byteLength(item) + 1, edges))
  let end = bytes.write(before)
  for (const [index, item] of items.entries()) {
    if (index > 0) bytes[end++] = COMMA
    end += bytes.write(item, end)
  }
  return bytes.subarray(0, end + bytes.write(after, end))
}

export const sendJsonText = async (
  request: FastifyRequest,
  reply: FastifyReply,
  { text }: JsonText,
): Promise<FastifyReply> => {
  reply.header('content-type', 'application/json; charset=utf-8')
  if (text.length < COMPRESSED_FROM_BYTES) return reply.send(text)
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  addVary(reply, 'Accept-Encoding')
  if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(bytes)
  const compressed = await compress(bytes, { level: constants.Z_BEST_SPEED })
  return reply.header('content-encoding', 'gzip').send(compressed)
}

const acceptsGzip = (header: string | string[] | undefined): boolean =>
  String(header ?? '')
    .split(',')
    .some((coding) => /^\s*(gzip|\*)\s*(;\s*q\s*=\s*(1|0?\.0*[1-9]\d*))?\s*$/i.test(coding))

const addVary = (reply: FastifyReply, field: string): void => {
  const before = reply.getHeader('vary')
  reply.header('vary', before === undefined ? field : `${String(before)}, ${field}`)
}
