import { rawEndpoint } from '../../http/endpoint.ts'

const PING_LIMIT_MS = 2_000

/** Whether requests can be served, by part; 503 while one cannot. Load balancers route by it. */
export const ready = rawEndpoint({
  id: 'TM12',
  method: 'GET',
  path: '/ready',
  access: 'public',
  isHeadable: true,
  handle: async (request, reply, { pingDatabase }) => {
    const started = performance.now()
    const timeout = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('The database did not answer in time')), PING_LIMIT_MS).unref()
    })
    const isUp = await Promise.race([pingDatabase(), timeout]).then(
      () => true,
      (error: unknown) => {
        request.log.warn({ error }, 'database is away')
        return false
      },
    )
    const latencyMs = Math.round((performance.now() - started) * 10) / 10
    return reply.code(isUp ? 200 : 503).send({
      status: isUp ? 'ready' : 'unavailable',
      parts: { database: { status: isUp ? 'up' : 'down', latency_ms: latencyMs } },
    })
  },
})
