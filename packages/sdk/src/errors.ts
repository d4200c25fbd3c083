import type { Finding } from '@tidemill/core'

/** The server answered with an error. The message is the server's own: what was wrong and what to do next. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status. */
  readonly status: number
  /** MLflow's error code, such as `RESOURCE_DOES_NOT_EXIST`; `UNKNOWN` when the body had none. */
  readonly code: string
  /** Everything that is wrong with an MLproject, when that is what was refused. */
  readonly findings: readonly Finding[]
  /** ms to wait before the next try, when the server said so. */
  readonly retryAfterMs?: number

  constructor(answer: {
    readonly status: number
    readonly code: string
    readonly message: string
    readonly findings?: readonly Finding[]
    readonly retryAfterMs?: number
  }) {
    super(answer.message)
    this.status = answer.status
    this.code = answer.code
    this.findings = answer.findings ?? []
    if (answer.retryAfterMs !== undefined) this.retryAfterMs = answer.retryAfterMs
  }
}

/** Nothing answered at the URL, or the connection broke or took too long. */
export class ServerUnreachableError extends Error {
  override readonly name = 'ServerUnreachableError'
  readonly url: string

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(
      `No answer from the Tidemill server at ${url}: ${reason}. ` +
        'Start one with `tidemill up`, or name another with --tracking-uri or MLFLOW_TRACKING_URI.',
      options,
    )
    this.url = url
  }
}

/** Something answered that does not speak our API: another service listens at the URL, or versions differ too much. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError'

  constructor(url: string, problem: string, options?: ErrorOptions) {
    super(
      `The answer of ${url} is not Tidemill's: ${problem}. Check that the URL is that of a Tidemill server.`,
      options,
    )
  }
}
