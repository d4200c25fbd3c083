import type { FastifyReply, FastifyRequest } from 'fastify'
import { AccessDeniedError, NOT_AUTHENTICATED_TEXT, NotAuthenticatedError } from './refusals.ts'

/** Answers the two refusals that are plain text in MLflow too. False for every other error. */
export const sendRefusal = (error: unknown, request: FastifyRequest, reply: FastifyReply): boolean => {
  const isUnknown = error instanceof NotAuthenticatedError
  if (!isUnknown && !(error instanceof AccessDeniedError)) return false
  request.logFields = { ...request.logFields, errorCode: isUnknown ? 'UNAUTHENTICATED' : error.code }
  // What is left of the body is not worth reading.
  if (!request.raw.complete) reply.header('connection', 'close')
  if (isUnknown) reply.header('www-authenticate', 'Basic realm="mlflow"')
  void reply
    .code(isUnknown ? 401 : 403)
    .removeHeader('content-length')
    .removeHeader('content-disposition')
    .header('content-type', 'text/plain; charset=utf-8')
    .send(isUnknown ? NOT_AUTHENTICATED_TEXT : error.message)
  return true
}
