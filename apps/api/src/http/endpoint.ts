import { parseRequest } from '@tidemill/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { AppContext } from '../context.ts'
import { JsonText, sendJsonText } from './json-text.ts'
import { type ReceivedMessage, receiveMessage } from './read-message.ts'
import { toLogFields } from './request-log.ts'
import { type Need, needsOf, needsOfRequest } from '../auth/needs.ts'

/**
 * Who may call a route: the level is needed on everything of the kind that the request names (auth/needs.ts). The entry
 * is mandatory: a route without one stops the server from starting (spec/security.md S1). `public` asks nobody who they
 * are, `server: READ` is for everybody who has logged in, higher levels of it for admins, `CREATE` for everybody who
 * has logged in: the maker gets MANAGE on what is made.
 */
export type Access =
  | 'public'
  | { readonly user: 'SELF' }
  | { readonly experiment: Level }
  | { readonly run: Level }
  | { readonly artifact: Level }
  | { readonly model: Level }
  | { readonly workflowRun: Level }
  | { readonly server: Level }
export type Level = 'READ' | 'EDIT' | 'MANAGE' | 'CREATE'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface EndpointSchemas {
  readonly request: z.ZodType
  readonly response: z.ZodType
}

export interface Endpoint {
  /** Row of spec/rest-api.md (`E1`, `N3`) or of design §6 (`TM1`); several routes may share one. */
  readonly id: string
  readonly methods: readonly Method[]
  readonly path: string
  readonly access: Access
  /** GET routes that answer HEAD too; not those whose answer is a stream. */
  readonly isHeadable: boolean
  /** For the OpenAPI document; absent where the answer is bytes, text or a stream. */
  readonly schemas?: EndpointSchemas
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
  /** Where the names of the fields do not say it. Empty: the handler shows only what is the caller's to see. */
  readonly needs?: (message: z.output<Request>, context: AppContext) => readonly Need[]
  readonly request: Request
  /** Takes the plain messages of a hot call past the schema, with the same result; undefined leaves one to it. */
  readonly decode?: (received: unknown) => z.output<Request> | undefined
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
  ) => Promise<z.input<Response> | JsonText>
}): Endpoint => ({
  id: definition.id,
  methods: typeof definition.method === 'string' ? [definition.method] : definition.method,
  path: definition.path,
  access: definition.access,
  isHeadable: true,
  schemas: { request: definition.request, response: definition.response },
  handle: async (request, reply, context) => {
    const { access, needs } = definition
    const isAsked = !context.guard.isOpen && access !== 'public'
    // Nobody's message is read in vain.
    if (isAsked && 'server' in access) await context.guard.authorize(request.caller, needsOf(access, {}))
    const received: ReceivedMessage =
      definition.hasBody === false
        ? { fields: request.params }
        : await receiveMessage(request, definition.request, definition.maxBytes ?? MEBIBYTE)
    const message =
      definition.decode?.(received.fields) ?? parseRequest(definition.request, received.fields, received.json)
    request.logFields = toLogFields(message)
    if (isAsked) {
      const wanted = needs?.(message, context) ?? needsOf(access, isFields(message) ? message : {})
      await context.guard.authorize(request.caller, wanted)
    }
    const answer = await definition.handle(message, context, { request, reply })
    return answer instanceof JsonText ? sendJsonText(request, reply, answer) : answer
  },
})

/** A call that reads or answers bytes, text or a stream itself. */
export const rawEndpoint = (
  definition: Omit<Endpoint, 'methods' | 'isHeadable'> & {
    readonly method: Method
    /** Where the parameters of path and query do not say it. */
    readonly needs?: (request: FastifyRequest) => readonly Need[]
    /** @default false */
    readonly isHeadable?: boolean
  },
): Endpoint => ({
  id: definition.id,
  methods: [definition.method],
  path: definition.path,
  access: definition.access,
  isHeadable: definition.isHeadable ?? false,
  handle: async (request, reply, context) => {
    if (!context.guard.isOpen && definition.access !== 'public') {
      const wanted = definition.needs?.(request) ?? needsOfRequest(definition.access, request)
      await context.guard.authorize(request.caller, wanted)
    }
    return definition.handle(request, reply, context)
  },
})

const isFields = (message: unknown): message is Readonly<Record<string, unknown>> =>
  typeof message === 'object' && message !== null
