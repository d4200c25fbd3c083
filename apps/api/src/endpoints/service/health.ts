import { rawEndpoint } from '../../http/endpoint.ts'

/** The process answers; says nothing of the database. */
export const health = rawEndpoint({
  id: 'N1',
  method: 'GET',
  path: '/health',
  access: 'public',
  isHeadable: true,
  handle: async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'),
})
