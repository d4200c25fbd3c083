import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** Ids that the request is about, for its log lines. */
    logFields: Readonly<Record<string, unknown>>
  }
}

/** Probes come every second and say nothing. */
const QUIET_ROUTES: ReadonlySet<string> = new Set(['/health', '/ready', '/version'])

/** Field of a message, name in the log. */
const LOGGED_IDS = [
  ['run_id', 'runId'],
  ['experiment_id', 'experimentId'],
  ['workflow_run_id', 'workflowRunId'],
  ['attempt_id', 'attemptId'],
] as const

/** One line per request, with its route, not its URL: a query string may carry what nobody wants in a log. */
export const addRequestLog = (app: FastifyInstance): void => {
  app.decorateRequest('logFields')
  app.addHook('onRequest', (request, _reply, done) => {
    request.logFields = {}
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const fields = {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      ...(request.caller.kind === 'anyone' ? {} : { user: request.caller.user.username }),
      ...request.logFields,
    }
    if (QUIET_ROUTES.has(fields.route ?? '') && fields.status === 200) request.log.debug(fields, 'request')
    else request.log.info(fields, 'request')
    done()
  })
}

/** The ids in a checked message, under their log names. */
export const toLogFields = (message: unknown): Record<string, unknown> => {
  const fields: Record<string, unknown> = {}
  if (typeof message !== 'object' || message === null) return fields
  for (const [field, name] of LOGGED_IDS) {
    const value: unknown = Reflect.get(message, field)
    if (typeof value === 'string') fields[name] = value.slice(0, 64)
  }
  return fields
}
