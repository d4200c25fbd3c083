import type { FastifyRequest } from 'fastify'

/** A `:name` segment of the route's path, decoded. */
export const pathParameter = (request: FastifyRequest, name: string): string => {
  const { params } = request
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined
  if (typeof value !== 'string') throw new Error(`The route ${request.routeOptions.url} has no parameter ':${name}'`)
  return value
}
