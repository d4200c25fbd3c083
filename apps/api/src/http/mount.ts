import type { FastifyInstance } from 'fastify'
import type { AppContext } from '../context.ts'
import type { Access, Endpoint } from './endpoint.ts'

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
  for (const { prefixes, endpoints } of mounts) {
    for (const prefix of prefixes) {
      for (const { id, methods, path, access, isHeadable, handle } of endpoints) {
        app.route({
          method: [...methods],
          url: `${prefix}${path}`,
          exposeHeadRoute: isHeadable && methods.includes('GET'),
          config: { access, endpointId: id },
          handler: (request, reply) => handle(request, reply, context),
        })
      }
    }
  }
  return routes
}
