import type { Finding } from '@tidemill/core'
import { ApiError, ServerUnreachableError, UnexpectedAnswerError } from './errors.ts'

type Fetch = typeof globalThis.fetch
type QueryValue = string | number | undefined

interface HttpRequest {
  readonly method?: 'GET' | 'POST'
  /** Below the server's URL, starting with `/`. */
  readonly path: string
  readonly query?: Readonly<Record<string, QueryValue>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Replaces the client's limit, in ms. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** What a zod schema of core offers here. */
interface Schema<T> {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: T } | { readonly success: false; readonly error: Error }
}

/** Requests to one server, with its errors turned into ours. */
export interface Http {
  readonly url: string
  /** A response with a status below 400, its body not read. */
  open(request: HttpRequest): Promise<Response>
  json<T>(request: HttpRequest, schema: Schema<T>): Promise<T>
  text(request: HttpRequest): Promise<string>
}

export const createHttp = (options: {
  readonly url: string
  readonly fetch?: Fetch | undefined
  /** Of every request. */
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
}): Http => {
  const url = options.url.replace(/\/+$/, '')
  const fetch = options.fetch ?? globalThis.fetch

  const guard = async <T>(request: HttpRequest, action: (signal: AbortSignal | null) => Promise<T>): Promise<T> => {
    const timeoutMs = request.timeoutMs ?? options.timeoutMs
    const timeout = Number.isFinite(timeoutMs) ? AbortSignal.timeout(timeoutMs) : undefined
    const signals = [timeout, request.signal].filter((signal) => signal !== undefined)
    try {
      return await action(signals.length === 0 ? null : AbortSignal.any(signals))
    } catch (error) {
      if (error instanceof ApiError || error instanceof UnexpectedAnswerError) throw error
      if (request.signal?.aborted === true) throw error
      throw timeout?.aborted === true
        ? new ServerUnreachableError(url, `it took longer than ${timeoutMs / 1000} s`, { cause: error })
        : new ServerUnreachableError(url, describeFailure(error), { cause: error })
    }
  }
  const send = async (request: HttpRequest, signal: AbortSignal | null): Promise<Response> => {
    const response = await fetch(`${url}${request.path}${toQueryString(request.query)}`, {
      method: request.method ?? 'GET',
      headers: {
        ...options.headers,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    })
    if (!response.ok) throw await toApiError(response)
    return response
  }

  return {
    url,
    open: (request) => guard(request, (signal) => send(request, signal)),
    text: (request) => guard(request, async (signal) => (await send(request, signal)).text()),
    json: (request, schema) =>
      guard(request, async (signal) => {
        const text = await (await send(request, signal)).text()
        const parsed = schema.safeParse(parseJson(text, `${url}${request.path}`))
        if (!parsed.success) throw new UnexpectedAnswerError(`${url}${request.path}`, parsed.error.message)
        return parsed.data
      }),
  }
}

const parseJson = (text: string, url: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UnexpectedAnswerError(url, `it is not JSON but starts with '${text.slice(0, 40)}'`, { cause: error })
  }
}

const toQueryString = (query: Readonly<Record<string, QueryValue>> | undefined): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

/** fetch says only "fetch failed"; what happened is in the cause. */
const describeFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error) return cause.message === '' ? cause.name : cause.message
  return error.message
}

const toApiError = async (response: Response): Promise<ApiError> => {
  const text = await response.text()
  const body = readErrorBody(text)
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new ApiError({
    status: response.status,
    code: body.code ?? 'UNKNOWN',
    message: body.message ?? `The server answered ${response.status} ${response.statusText}: ${text.slice(0, 500)}`,
    findings: body.findings,
    ...(Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1000 } : {}),
  })
}

/** Lenient: an error of a proxy in between has another shape, and must not hide behind a parse error. */
const readErrorBody = (
  text: string,
): { readonly code?: string; readonly message?: string; readonly findings: readonly Finding[] } => {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return { findings: [] }
  }
  if (typeof body !== 'object' || body === null) return { findings: [] }
  return {
    ...('error_code' in body && typeof body.error_code === 'string' ? { code: body.error_code } : {}),
    ...('message' in body && typeof body.message === 'string' ? { message: body.message } : {}),
    findings: 'findings' in body && Array.isArray(body.findings) ? body.findings.filter(isFinding) : [],
  }
}

const isFinding = (value: unknown): value is Finding =>
  typeof value === 'object' &&
  value !== null &&
  'file' in value &&
  typeof value.file === 'string' &&
  'message' in value &&
  typeof value.message === 'string'
