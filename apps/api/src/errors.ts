import { DomainError, type ErrorCode, InvalidProjectError, StorageFullError } from '@tidemill/core'

/** The one table from error code to HTTP status (spec/rest-api.md §1.5). docs/errors.md lists the codes. */
const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  PERMISSION_DENIED: 403,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_DOES_NOT_EXIST: 404,
  RESOURCE_CONFLICT: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
}

export interface ErrorAnswer {
  readonly status: number
  readonly body: { readonly error_code: ErrorCode; readonly message: string; readonly [extra: string]: unknown }
  /** Seconds; clients of MLflow obey it. */
  readonly retryAfter?: number
}

/** A request that is wrong as HTTP, before anyone looked at its message. `status` is 400, 413 and the like. */
export class RequestError extends DomainError {
  override readonly name = 'RequestError'
  readonly code: ErrorCode
  readonly status: number

  constructor(status: number, code: ErrorCode, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** What the caller is told. Errors that are not meant for callers become a 500 or 503 that says nothing of the inside. */
export const toErrorAnswer = (error: unknown, requestId: string): ErrorAnswer => {
  if (error instanceof DomainError) {
    const status = statusOf(error)
    return {
      status,
      body: {
        error_code: error.code,
        message: error.message,
        ...(error instanceof InvalidProjectError ? { findings: error.findings } : {}),
      },
      ...(status === 429 || status === 503 ? { retryAfter: 2 } : {}),
    }
  }
  if (isDatabaseAway(error)) {
    return {
      status: 503,
      body: {
        error_code: 'TEMPORARILY_UNAVAILABLE',
        message: `The database does not answer. Try again shortly. The server's log has the cause under request id ${requestId}.`,
      },
      retryAfter: 2,
    }
  }
  if (isBadUrl(error)) {
    return { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' } }
  }
  return {
    status: 500,
    body: {
      error_code: 'INTERNAL_ERROR',
      message: `Internal error. The server's log has the cause under request id ${requestId}.`,
    },
  }
}

const statusOf = (error: DomainError): number => {
  if (error instanceof RequestError) return error.status
  return error instanceof StorageFullError ? 507 : HTTP_STATUS[error.code]
}

/** Fastify's router could not percent-decode the URL. */
const isBadUrl = (error: unknown): boolean => codeOf(error) === 'FST_ERR_BAD_URL'

const AWAY_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // Postgres: admin shutdown, crash shutdown, cannot connect now, too many connections.
  '57P01',
  '57P02',
  '57P03',
  '53300',
])
/** pg raises these without a code. */
const AWAY_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed and is not queryable)/

const isDatabaseAway = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  if (code !== undefined && (AWAY_CODES.has(code) || /^08\w{3}$/.test(code))) return true
  if (AWAY_MESSAGE.test(error.message)) return true
  if (error instanceof AggregateError && error.errors.some(isDatabaseAway)) return true
  return isDatabaseAway(error.cause)
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
