import type { FastifyInstance } from 'fastify'
import type { FrameOptions, ServerConfig } from '../config.ts'
import { createHostCheck } from './host-check.ts'
import { createOriginCheck } from './origin-check.ts'
import { API_HEADERS } from './security-headers.ts'

/** Checks of every request, whatever its prefix, before its route is looked at; texts are MLflow's. */
export const addSecurity = (
  app: FastifyInstance,
  config: Pick<ServerConfig, 'allowedHosts' | 'corsAllowedOrigins' | 'frameOptions' | 'isSecurityDisabled'>,
): void => {
  addFrameOptions(app, config.frameOptions ?? 'SAMEORIGIN')
  if (config.isSecurityDisabled === true) {
    app.addHook('onRequest', async (_request, reply) => {
      reply.headers(API_HEADERS)
    })
    return
  }
  const checkHost = createHostCheck(config.allowedHosts)
  const origins = createOriginCheck(config.corsAllowedOrigins)

  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...API_HEADERS, ...origins.corsHeaders(request) })
    const host = checkHost(request)
    if (host === 'malformed') return reply.code(400).type('text/plain; charset=utf-8').send('Bad Request')
    if (host === 'forbidden') {
      return reply
        .code(403)
        .type('text/plain; charset=utf-8')
        .send(
          'Invalid Host header - possible DNS rebinding attack detected. Name this host in --allowed-hosts to serve it.',
        )
    }
    if (origins.isCrossOrigin(request)) {
      return reply.code(403).type('text/plain; charset=utf-8').send('Cross-origin request blocked')
    }
    if (request.method === 'OPTIONS') return reply.code(204).send()
    return undefined
  })
}

/** Of pages too, whose policy says the same to newer browsers. */
const addFrameOptions = (app: FastifyInstance, frameOptions: FrameOptions): void => {
  if (frameOptions === 'SAMEORIGIN') return
  app.addHook('onSend', async (_request, reply) => {
    const policy = String(reply.getHeader('content-security-policy') ?? '')
    if (frameOptions === 'DENY') {
      reply.header('x-frame-options', 'DENY')
      reply.header('content-security-policy', policy.replace("frame-ancestors 'self'", "frame-ancestors 'none'"))
    } else {
      reply.removeHeader('x-frame-options')
      reply.header('content-security-policy', policy.replace(/;? *frame-ancestors 'self'/, ''))
    }
  })
}
