import type { Endpoint, Method } from '../http/endpoint.ts'
import { fieldsOf, type JsonSchema, toJsonSchema } from './json-schema.ts'

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: JsonSchema
  readonly responses: JsonSchema
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: JsonSchema
}

/** One method of one route, at its first prefix; the other prefixes are in its description. */
export const toOperation = (
  endpoint: Endpoint,
  method: Method,
  prefixes: readonly string[],
  path: string,
): Operation => {
  const inPath = pathNames(path)
  const fields = endpoint.schemas === undefined ? [] : fieldsOf(endpoint.schemas.request)
  const parameters: Parameter[] = [
    ...inPath.map((name) => ({
      name,
      in: 'path' as const,
      required: true,
      schema: fields.find((field) => field.name === name)?.schema ?? { type: 'string' },
    })),
    ...(method === 'GET' ? fields : [])
      .filter(({ name }) => !inPath.includes(name))
      .map(({ name, isRequired, schema }) => ({ name, in: 'query' as const, required: isRequired, schema })),
  ]
  const [, ...aliases] = prefixes
  return {
    operationId: toOperationId(method, path),
    tags: [toTag(path)],
    summary: `${endpoint.id} ${path
      .split('/')
      .filter((part) => !/^(api|\{.*|v?\d.*)$/.test(part))
      .slice(1)
      .join(' ')}`.trim(),
    ...(aliases.length === 0
      ? {}
      : { description: `Also below ${aliases.map((alias) => `\`${alias}\``).join(', ')}.` }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...toRequestBody(endpoint, method),
    responses: {
      200: {
        description: 'It worked.',
        ...(endpoint.schemas === undefined
          ? {}
          : { content: { 'application/json': { schema: toJsonSchema(endpoint.schemas.response) } } }),
      },
      default: { $ref: '#/components/responses/Error' },
    },
  }
}

const toRequestBody = ({ schemas }: Endpoint, method: Method): Pick<Operation, 'requestBody'> => {
  if (method === 'GET') return {}
  if (schemas === undefined) {
    return method === 'PUT' ? { requestBody: { content: { 'application/octet-stream': { schema: {} } } } } : {}
  }
  return { requestBody: { content: { 'application/json': { schema: toJsonSchema(schemas.request) } } } }
}

/** `/api/2.0/mlflow/logged-models/{model_id}` with GET -> `getApi20MlflowLoggedModelsByModelId`. */
const toOperationId = (method: Method, path: string): string =>
  method.toLowerCase() +
  path
    .replaceAll(/\{(\w+)\}/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')

/** The noun that a route is about: the first part behind its prefix. */
const toTag = (path: string): string =>
  /^\/(?:ajax-)?api\/(?:2\.0|3\.0)\/mlflow-artifacts\//.test(path)
    ? 'mlflow-artifacts'
    : (/^\/(?:ajax-)?api\/[^/]+(?:\/mlflow|\/v\d+)\/([\w-]+)/.exec(path)?.[1] ?? 'service')

const pathNames = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].flatMap((match) => match[1] ?? [])
