import type { FastifyInstance } from 'fastify'

/** Links of our pages and of their script to our pages; the API and the probes have no prefix. */
const LINK = /(href="|src="|location\.replace\(')\/(?!api\/|ready"|openapi\.json")/g
const REWRITTEN = /^text\/(html|javascript)/

/**
 * Lets pages link to each other below a path that a proxy forwards. Their markup is ours alone: what users wrote is
 * escaped in it and holds no quote.
 */
export const addStaticPrefix = (app: FastifyInstance, prefix: string): void => {
  app.addHook('onSend', async (_request, reply, payload) => {
    const isPage = typeof payload === 'string' && REWRITTEN.test(String(reply.getHeader('content-type') ?? ''))
    if (!isPage || reply.getHeader('content-disposition') !== undefined) return payload
    reply.removeHeader('content-length')
    return payload.replaceAll(LINK, `$1${prefix}/`)
  })
}
