import type { FastifyReply, FastifyRequest } from 'fastify'
import type { MountedRoute } from './mount.ts'

/**
 * A known path with another method is a 405 in plain text, which clients do not retry; an unknown one is a JSON
 * ENDPOINT_NOT_FOUND, which MLflow's clients take as "try the older route".
 */
export const answerUnknownRoute = (
  routes: readonly MountedRoute[],
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply => {
  if (!request.raw.complete) reply.header('connection', 'close')
  const path = (request.raw.url ?? '').split('?', 1)[0] ?? ''
  const methods = routes.filter(({ url }) => matches(url, path)).map(({ method }) => method)
  if (methods.length > 0) {
    const allow = [...new Set(methods)].join(', ')
    return reply
      .code(405)
      .header('allow', allow)
      .type('text/plain; charset=utf-8')
      .send(`Method Not Allowed. This path takes ${allow}.`)
  }
  return reply.code(404).send({
    error_code: 'ENDPOINT_NOT_FOUND',
    message: `No route ${request.method} ${path.slice(0, 200)}. Check the path: this server answers MLflow's routes and those below /api/tidemill/v1.`,
  })
}

const matches = (pattern: string, path: string): boolean => {
  const wanted = pattern.split('/')
  const given = path.split('/')
  return (
    (wanted.at(-1) === '*' ? given.length >= wanted.length : given.length === wanted.length) &&
    wanted.every((part, index) => part === '*' || part.startsWith(':') || part === given[index])
  )
}
