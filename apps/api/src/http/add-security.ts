import type { FastifyInstance } from 'fastify'
import type { ServerConfig } from '../config.ts'
import { createHostCheck } from './host-check.ts'
import { createOriginCheck } from './origin-check.ts'
import { API_HEADERS } from './security-headers.ts'

/** Checks of every request, whatever its prefix, before its route is looked at; texts are MLflow's. */
export const addSecurity = (
  app: FastifyInstance,
  config: Pick<ServerConfig, 'allowedHosts' | 'corsAllowedOrigins'>,
): void => {
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
