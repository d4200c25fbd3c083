import { InvalidParameterValueError, parseJson } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readBody } from './read-body.ts'

export interface ReceivedMessage {
  readonly fields: unknown
  /** The text that they were read from, when it was one JSON object. */
  readonly json?: string
}

/**
 * The message of a request before its fields are checked (spec/rest-api.md §1.3): the JSON body, or for GET the query
 * string and, when there is none, a JSON body all the same. Path parameters win over fields of the same name.
 */
export const receiveMessage = async (
  request: FastifyRequest,
  schema: z.ZodType,
  maxBytes: number,
): Promise<ReceivedMessage> => {
  const { url = '' } = request.raw
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''
  const isQuery = (request.method === 'GET' || request.method === 'HEAD') && query !== ''
  if (request.method === 'POST' || request.method === 'PUT') requireJson(request.contentType)
  const { fields, ...text } = isQuery
    ? { fields: fromQuery(new URLSearchParams(query), schema) }
    : parseBody(await readBody(request, maxBytes))
  return { fields: isRecord(request.params) ? { ...fields, ...request.params } : fields, ...text }
}

/** The fields of `receiveMessage` alone. */
export const readMessage = async (request: FastifyRequest, schema: z.ZodType, maxBytes: number): Promise<unknown> =>
  (await receiveMessage(request, schema, maxBytes)).fields

/** Exact, because lax matching of media types has let cross-site forms through (spec/security.md §3.6, CVE-2023-43472). */
const requireJson = (contentType: string | undefined): void => {
  if (contentType === undefined || contentType === '') {
    throw new InvalidParameterValueError('Bad Request. Content-Type header is missing.')
  }
  if (contentType.split(';', 1)[0]?.toLowerCase() !== 'application/json') {
    throw new InvalidParameterValueError("Bad Request. Content-Type must be one of ['application/json'].")
  }
}

/** What is no JSON object counts as an empty message; its missing fields are then reported. Old clients encode twice. */
const parseBody = (body: Buffer): { readonly fields: Record<string, unknown>; readonly json?: string } => {
  const json = body.toString('utf8')
  const once = parseJson(json)
  if (isRecord(once)) return { fields: once, json }
  const twice = typeof once === 'string' ? parseJson(once) : undefined
  return { fields: isRecord(twice) ? twice : {} }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A repeated key is a list where the field is one; otherwise the first value counts. */
const fromQuery = (query: URLSearchParams, schema: z.ZodType): Record<string, unknown> => {
  const lists = listFields(schema)
  return Object.fromEntries(
    [...new Set(query.keys())].map((key) => [key, lists.has(key) ? query.getAll(key) : (query.get(key) ?? '')]),
  )
}

const listFields = (schema: z.ZodType): ReadonlySet<string> => {
  const object = schema instanceof z.ZodPipe ? schema.out : schema
  if (!(object instanceof z.ZodObject)) return new Set()
  return new Set(
    Object.entries(object.shape)
      .filter(([, field]) => unwrap(field) instanceof z.ZodArray)
      .map(([name]) => name),
  )
}

const unwrap = (field: unknown): unknown =>
  field instanceof z.ZodOptional || field instanceof z.ZodDefault ? unwrap(field.unwrap()) : field
