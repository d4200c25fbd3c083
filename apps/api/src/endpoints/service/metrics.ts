import { RequestError } from '../../errors.ts'
import { rawEndpoint } from '../../http/endpoint.ts'

/** Numbers for Prometheus, where `--expose-prometheus` asks for them. */
export const metrics = rawEndpoint({
  id: 'N15',
  method: 'GET',
  path: '/metrics',
  access: { server: 'READ' },
  handle: async (_request, reply, context) => {
    if (context.metrics === undefined) {
      throw new RequestError(
        404,
        'ENDPOINT_NOT_FOUND',
        'This server keeps no metrics for Prometheus. Start it with --expose-prometheus.',
      )
    }
    return reply.type(context.metrics.contentType).send(await context.metrics.write())
  },
})
