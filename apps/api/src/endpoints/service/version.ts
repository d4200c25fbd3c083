import { rawEndpoint } from '../../http/endpoint.ts'

/**
 * The MLflow server that clients may take us for; all that they ask it for is whether to send spans. From 3.4 on they
 * would, to `/v1/traces`, which is not built; below, they keep traces as artifacts, which works (spec/rest-api.md N2).
 */
const MLFLOW_VERSION = '3.3.0'

export const version = rawEndpoint({
  id: 'N2',
  method: 'GET',
  path: '/version',
  access: 'public',
  isHeadable: true,
  handle: async (_request, reply) => reply.type('text/plain; charset=utf-8').send(MLFLOW_VERSION),
})
