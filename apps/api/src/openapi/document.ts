import type { Mount } from '../http/mount.ts'
import { type Operation, toOperation } from './operation.ts'

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<string, unknown>>
}

/** Of the server; a test holds it equal to package.json. */
export const VERSION = '0.1.0'

/** Pages for people. */
const PAGE_ID = 'N14'

/** Every route that is no page, from the schemas that check its messages. */
export const toOpenApiDocument = (mounts: readonly Mount[]): OpenApiDocument => {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const { prefixes, endpoints } of mounts) {
    for (const endpoint of endpoints.filter(({ id }) => id !== PAGE_ID)) {
      const path = toPathTemplate(`${prefixes[0] ?? ''}${endpoint.path}`)
      const operations = (paths[path] ??= {})
      for (const method of endpoint.methods) {
        operations[method.toLowerCase()] = toOperation(endpoint, method, prefixes, path)
      }
    }
  }
  const tags = new Set(Object.values(paths).flatMap((each) => Object.values(each).flatMap((one) => one.tags)))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemill',
      version: VERSION,
      description: "MLflow's REST API, its artifact proxy, and Tidemill's own API of workflow runs.",
    },
    servers: [{ url: '/' }],
    tags: [...tags].sort().map((name) => ({ name })),
    paths,
    components: { schemas: { Error: ERROR_SCHEMA }, responses: { Error: ERROR_RESPONSE } },
  }
}

const ERROR_SCHEMA = {
  type: 'object',
  properties: { error_code: { type: 'string' }, message: { type: 'string' } },
  required: ['error_code', 'message'],
}

const ERROR_RESPONSE = {
  description: 'It did not work. docs/errors.md has the codes.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
}

/** Fastify's `:name` and `*` as OpenAPI has them. */
const toPathTemplate = (url: string): string => url.replaceAll(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}')
