import type { AttemptEnd } from '@tidemill/core'

/** Stops an execution with the end that the attempt gets. Only thrown inside this package; the executor answers `end`. */
export class ExecutionFailure extends Error {
  override readonly name = 'ExecutionFailure'
  readonly end: AttemptEnd

  constructor(kind: AttemptEnd['kind'], code: AttemptEnd['code'], reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.end = { kind, code, reason }
  }
}
