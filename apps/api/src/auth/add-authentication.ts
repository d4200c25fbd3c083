import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ANYONE, type Caller } from './caller.ts'
import type { Guard } from './guard.ts'

/**
 * Asks every request who sends it, before anybody looks for its route's handler: an unknown path too, so that nobody
 * learns what there is. Routes whose access is `public` are the only exception.
 */
export const addAuthentication = (app: FastifyInstance, guard: Guard): void => {
  const callers = new WeakMap<FastifyRequest, Caller>()
  app.decorateRequest('caller', {
    getter() {
      return callers.get(this) ?? ANYONE
    },
  })
  if (guard.isOpen) return
  app.addHook('onRequest', async (request) => {
    callers.set(request, await guard.authenticate(request, request.routeOptions.config.access))
  })
}
