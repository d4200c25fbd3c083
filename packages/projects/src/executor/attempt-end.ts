import { type AttemptEnd, DomainError } from '@tidemill/core'
import { isErrno } from '../errno.ts'
import { ExecutionFailure } from '../execution-failure.ts'
import { GitError } from '../source/git.ts'
import { SourceError, type SourceProblem } from '../source/source-error.ts'

const MAX_REASON_LENGTH = 8_000

/** The end of an attempt that never came to its command, or lost it: what kind of failure the error means. */
export const toAttemptEnd = (error: unknown): AttemptEnd => {
  const end = classify(error)
  return end.reason === undefined ? end : { ...end, reason: end.reason.slice(0, MAX_REASON_LENGTH) }
}

const classify = (error: unknown): AttemptEnd => {
  if (error instanceof ExecutionFailure) return error.end
  if (error instanceof SourceError) return { ...ENDS_OF_SOURCE[error.problem], reason: error.message }
  if (error instanceof GitError) return { kind: 'infra_failed', code: 'fetch', reason: `Git failed: ${error.message}` }
  // What `buildCommand` finds wrong with the template or the values.
  if (error instanceof DomainError) return { kind: 'rejected', code: 'parameters', reason: error.message }
  if (isErrno(error, 'ENOSPC')) {
    return { kind: 'infra_failed', code: 'disk', reason: 'The disk of the worker is full. Free space on it.' }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'infra_failed', code: 'internal', reason: `The worker could not run the step: ${message}` }
}

const ENDS_OF_SOURCE: Readonly<Record<SourceProblem, Pick<AttemptEnd, 'kind' | 'code'>>> = {
  policy: { kind: 'rejected', code: 'policy' },
  unreachable: { kind: 'infra_failed', code: 'fetch' },
  unknown: { kind: 'rejected', code: 'fetch' },
  limit: { kind: 'rejected', code: 'fetch' },
}
