/** The MLflow error codes that Tidemill answers with (spec/rest-api.md §1.5). The API maps each to an HTTP status in one table. */
export type ErrorCode =
  | 'BAD_REQUEST'
  | 'ENDPOINT_NOT_FOUND'
  | 'INTERNAL_ERROR'
  | 'INVALID_PARAMETER_VALUE'
  | 'NOT_IMPLEMENTED'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_ALREADY_EXISTS'
  | 'RESOURCE_CONFLICT'
  | 'RESOURCE_DOES_NOT_EXIST'
  | 'RESOURCE_EXHAUSTED'
  | 'TEMPORARILY_UNAVAILABLE'

/** An error whose message is meant for the caller: what was wrong, with the value, and what to do next. */
export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode
}

export class InvalidParameterValueError extends DomainError {
  override readonly name = 'InvalidParameterValueError'
  readonly code = 'INVALID_PARAMETER_VALUE'
}

export class ResourceDoesNotExistError extends DomainError {
  override readonly name = 'ResourceDoesNotExistError'
  readonly code = 'RESOURCE_DOES_NOT_EXIST'
}

export class ResourceAlreadyExistsError extends DomainError {
  override readonly name = 'ResourceAlreadyExistsError'
  readonly code = 'RESOURCE_ALREADY_EXISTS'
}

/** The state of the thing does not allow the call, for example a cancel of a finished workflow run. */
export class ResourceConflictError extends DomainError {
  override readonly name = 'ResourceConflictError'
  readonly code = 'RESOURCE_CONFLICT'
}

export class PermissionDeniedError extends DomainError {
  override readonly name = 'PermissionDeniedError'
  readonly code = 'PERMISSION_DENIED'
}

export class NotImplementedError extends DomainError {
  override readonly name = 'NotImplementedError'
  readonly code = 'NOT_IMPLEMENTED'
}

export class EndpointNotFoundError extends DomainError {
  override readonly name = 'EndpointNotFoundError'
  readonly code = 'ENDPOINT_NOT_FOUND'
}

/** A queue or a limit is full: the caller may try again later. */
export class ResourceExhaustedError extends DomainError {
  override readonly name = 'ResourceExhaustedError'
  readonly code = 'RESOURCE_EXHAUSTED'
}

/** The disk of the artifacts is full. HTTP calls it 507, which MLflow's clients do not retry. */
export class StorageFullError extends DomainError {
  override readonly name = 'StorageFullError'
  readonly code = 'RESOURCE_EXHAUSTED'
}

/** A service that we need (Postgres) is away. The API adds `Retry-After`. */
export class TemporarilyUnavailableError extends DomainError {
  override readonly name = 'TemporarilyUnavailableError'
  readonly code = 'TEMPORARILY_UNAVAILABLE'
}

/** A document (MLproject, workflow, request) with everything that is wrong with it, so that one round mends it all. */
export class InvalidProjectError extends DomainError {
  override readonly name = 'InvalidProjectError'
  readonly code = 'INVALID_PARAMETER_VALUE'
  readonly findings: readonly Finding[]

  constructor(message: string, findings: readonly Finding[]) {
    super([message, ...findings.map(formatFinding)].join('\n'))
    this.findings = findings
  }
}

/** One thing wrong with a document. `line` and `column` start at 1. */
export interface Finding {
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** What is wrong, with the value. */
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
}

/** `MLproject:7:5: unknown step 'trian' (did you mean 'train'?)` */
export const formatFinding = (finding: Finding): string => {
  const place = [finding.file, finding.line, finding.line === undefined ? undefined : finding.column]
    .filter((part) => part !== undefined)
    .join(':')
  return `${place}: ${finding.message}${finding.hint === undefined ? '' : ` (${finding.hint})`}`
}
