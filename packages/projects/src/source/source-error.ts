import { InvalidParameterValueError } from '@tidemill/core'

/**
 * Why a source cannot be used. `policy`: this server does not allow it. `unreachable`: the remote did not answer, a
 * later try may work. `unknown`: the ref, commit or folder is not there. `limit`: it is larger or slower than allowed.
 */
export type SourceProblem = 'policy' | 'unreachable' | 'unknown' | 'limit'

/** A project source that cannot be resolved or fetched; the message is for the submitter. */
export class SourceError extends InvalidParameterValueError {
  readonly problem: SourceProblem

  constructor(problem: SourceProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}
