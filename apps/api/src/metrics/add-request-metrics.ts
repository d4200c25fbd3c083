import type { FastifyInstance } from 'fastify'
import type { ServerMetrics } from './server-metrics.ts'

/** Counts every request under its route's pattern; what has no route is one more. */
export const addRequestMetrics = (app: FastifyInstance, metrics: ServerMetrics): void => {
  app.addHook('onRequest', async (_request, reply) => {
    metrics.began()
    // Also when the client goes away, which ends no answer.
    reply.raw.once('close', () => {
      const { request } = reply
      metrics.ended(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime / 1000)
    })
  })
}
