import { parseRequest } from '@tidemill/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { AppContext } from '../context.ts'
import { readMessage } from './read-message.ts'
import { toLogFields } from './request-log.ts'

/**
 * Who may call a route. There are no users yet, so everybody passes; the entry is mandatory all the same, because a
 * route without one stops the server from starting (spec/security.md S1).
 */
export type Access =
  | 'public'
  | { readonly experiment: Level }
  | { readonly run: Level }
  | { readonly artifact: Level }
  | { readonly model: Level }
  | { readonly workflowRun: Level }
  | { readonly server: Level }
export type Level = 'READ' | 'EDIT' | 'MANAGE' | 'CREATE'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Endpoint {
  /** Row of spec/rest-api.md (`E1`, `N3`) or of design §6 (`TM1`); several routes may share one. */
  readonly id: string
  readonly methods: readonly Method[]
  readonly path: string
  readonly access: Access
  /** GET routes that answer HEAD too; not those whose answer is a stream. */
  readonly isHeadable: boolean
  readonly handle: (request: FastifyRequest, reply: FastifyReply, context: AppContext) => Promise<unknown>
}

const MEBIBYTE = 1024 * 1024

/** A call of one JSON message with one JSON answer. */
export const endpoint = <Request extends z.ZodType, Response extends z.ZodType>(definition: {
  readonly id: string
  readonly method: Method | readonly Method[]
  /** Below the prefix that it is mounted at; `:name` segments are fields of the message. */
  readonly path: string
  readonly access: Access
  readonly request: Request
  /** What the answer looks like: the type of `handle`'s result, and of the OpenAPI document. */
  readonly response: Response
  /** Bytes of the request's message. @default 1 MiB */
  readonly maxBytes?: number
  /** False: the path says everything and a body is not looked at. @default true */
  readonly hasBody?: boolean
  readonly handle: (
    message: z.output<Request>,
    context: AppContext,
    http: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  ) => Promise<z.input<Response>>
}): Endpoint => ({
  id: definition.id,
  methods: typeof definition.method === 'string' ? [definition.method] : definition.method,
  path: definition.path,
  access: definition.access,
  isHeadable: true,
  handle: async (request, reply, context) => {
    const received =
      definition.hasBody === false
        ? request.params
        : await readMessage(request, definition.request, definition.maxBytes ?? MEBIBYTE)
    const message = parseRequest(definition.request, received)
    request.logFields = toLogFields(message)
    return definition.handle(message, context, { request, reply })
  },
})

/** A call that reads or answers bytes, text or a stream itself. */
export const rawEndpoint = (
  definition: Omit<Endpoint, 'methods' | 'isHeadable'> & {
    readonly method: Method
    /** @default false */
    readonly isHeadable?: boolean
  },
): Endpoint => ({
  id: definition.id,
  methods: [definition.method],
  path: definition.path,
  access: definition.access,
  isHeadable: definition.isHeadable ?? false,
  handle: definition.handle,
})
