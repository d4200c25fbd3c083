import { randomUUID } from 'node:crypto'
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { AppContext, AppServices } from './context.ts'
import { addAuthentication } from './auth/add-authentication.ts'
import { sendRefusal } from './auth/send-refusal.ts'
import { createLogTails } from './endpoints/attempts/log-tails.ts'
import { toErrorAnswer } from './errors.ts'
import { addSecurity } from './http/add-security.ts'
import { API_HEADERS } from './http/security-headers.ts'
import type { FrontDoor } from './front-door.ts'
import { addRequestLog } from './http/request-log.ts'
import { addStaticPrefix } from './http/static-prefix.ts'
import { answerUnknownRoute } from './http/unknown-route.ts'
import { addRequestMetrics } from './metrics/add-request-metrics.ts'
import { mounts } from './routes.ts'
import { mount } from './http/mount.ts'

const REQUEST_ID = /^[\w.:-]{1,64}$/

declare module 'fastify' {
  interface FastifyRequest {
    /** The media type header as sent. Fastify does not see it: every endpoint reads its body itself. */
    contentType: string | undefined
  }
}

/**
 * The whole HTTP side over the given stores; usable in process with `inject`, and behind a front door once it is ready.
 * Throws when a route lacks an access entry.
 */
export const createApp = (services: AppServices, door?: FrontDoor): FastifyInstance => {
  const loggerInstance: FastifyBaseLogger = services.logger.child({ subsystem: 'http' })
  const closing = new AbortController()
  const logTails = createLogTails(services.engine, loggerInstance)
  const context: AppContext = { ...services, logTails, closing: closing.signal }
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    exposeHeadRoutes: false,
    // Clients of a tracking URI that ends in a slash ask for `//api/…`, which MLflow answers too.
    rewriteUrl: ({ url = '/' }) => url.replace(/^\/{2,}/, '/'),
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
    },
    routerOptions: { maxParamLength: 4096 },
    ...(door === undefined ? {} : { serverFactory: () => door.server }),
    // A URL that cannot be decoded has no route and gets no hook.
    frameworkErrors: (error, request, reply) => {
      reply.headers({ ...API_HEADERS, 'x-request-id': request.id })
      sendError(error, request, reply)
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => {
    done(null)
  })
  app.decorateRequest('contentType', undefined)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    request.contentType = request.raw.headers['content-type']
    delete request.raw.headers['content-type']
  })
  app.addHook('preClose', async () => {
    closing.abort()
    await logTails[Symbol.asyncDispose]()
  })
  addRequestLog(app)
  if (services.metrics !== undefined) addRequestMetrics(app, services.metrics)
  addSecurity(app, services.config)
  addAuthentication(app, services.guard)
  if (services.config.staticPrefix !== undefined) addStaticPrefix(app, services.config.staticPrefix)
  app.setErrorHandler(sendError)
  const routes = mount(app, mounts, context)
  app.setNotFoundHandler((request, reply) => answerUnknownRoute(routes, request, reply))
  return app
}

const sendError = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  if (sendRefusal(error, request, reply)) return
  const answer = toErrorAnswer(error, request.id)
  if (request.raw.destroyed && !request.raw.complete) {
    // Its error is only the broken connection; nobody reads the answer.
    request.log.info(request.logFields, 'client went away during its request')
  } else if (answer.status >= 500 && answer.status !== 501) {
    request.log.error({ error, ...request.logFields }, 'request failed')
  }
  request.logFields = { ...request.logFields, errorCode: answer.body.error_code }
  if (answer.retryAfter !== undefined) reply.header('retry-after', String(answer.retryAfter))
  // What is left of the body is not worth reading.
  if (!request.raw.complete) reply.header('connection', 'close')
  void reply
    .code(answer.status)
    .removeHeader('content-length')
    .removeHeader('content-disposition')
    .header('content-type', 'application/json; charset=utf-8')
    .send(answer.body)
}
