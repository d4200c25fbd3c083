import type { FastifyInstance } from 'fastify'
import type { AppContext } from '../context.ts'
import type { Access, Endpoint } from './endpoint.ts'
import { closedText } from './mode-gate.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** Row of the specification that the route implements. */
    endpointId?: string
  }
}

export interface Mount {
  /** One policy for all aliases: each prefix gets the same endpoints (spec/security.md S3). */
  readonly prefixes: readonly string[]
  /** What people open in a browser: below the static prefix, as `/ajax-api` is. @default false */
  readonly isForBrowsers?: boolean
  readonly endpoints: readonly Endpoint[]
}

export interface MountedRoute {
  readonly method: string
  /** Fastify's pattern. */
  readonly url: string
  readonly id: string
  readonly access: Access
}

/** Registers every endpoint at every prefix and answers what is there. Throws for a route without an access entry. */
export const mount = (app: FastifyInstance, mounts: readonly Mount[], context: AppContext): readonly MountedRoute[] => {
  const routes: MountedRoute[] = []
  app.addHook('onRoute', ({ method, url, config }) => {
    const { access, endpointId } = config ?? {}
    if (access === undefined || endpointId === undefined) {
      throw new Error(`Route ${String(method)} ${url} has no access entry: make it with endpoint() or rawEndpoint().`)
    }
    routes.push(...[method].flat().map((each) => ({ method: each, url, id: endpointId, access })))
  })
  for (const { prefixes, isForBrowsers = false, endpoints } of mounts) {
    for (const prefix of prefixes) {
      const staticPrefix = isForBrowsers || prefix.startsWith('/ajax-api/') ? (context.config.staticPrefix ?? '') : ''
      for (const each of endpoints) addRoute(app, `${staticPrefix}${prefix}${each.path}`, prefix, each, context)
    }
  }
  return routes
}

const addRoute = (app: FastifyInstance, url: string, prefix: string, endpoint: Endpoint, context: AppContext): void => {
  const { id, methods, access, isHeadable, handle } = endpoint
  const closed = closedText(context.config.mode ?? 'all', prefix, endpoint, url)
  app.route({
    method: [...methods],
    url,
    exposeHeadRoute: isHeadable && methods.includes('GET'),
    config: { access, endpointId: id },
    handler:
      closed === undefined
        ? (request, reply) => handle(request, reply, context)
        : (_request, reply) => reply.code(503).type('text/plain; charset=utf-8').send(closed),
  })
}
