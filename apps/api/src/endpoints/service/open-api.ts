import { type Endpoint, rawEndpoint } from '../../http/endpoint.ts'
import type { Mount } from '../../http/mount.ts'

/** This server's routes for programs. Made when it is first asked for: it is large and rarely wanted. */
export const openApi = (mounts: () => readonly Mount[]): Endpoint => {
  let text: Promise<string> | undefined
  const write = async (): Promise<string> => {
    const { toOpenApiDocument } = await import('../../openapi/document.ts')
    return JSON.stringify(toOpenApiDocument(mounts()))
  }
  return rawEndpoint({
    id: 'TM13',
    method: 'GET',
    path: '/openapi.json',
    access: { server: 'READ' },
    isHeadable: true,
    handle: async (_request, reply) => {
      text ??= write()
      return reply.type('application/json; charset=utf-8').send(await text)
    },
  })
}
