import {
  DomainError,
  InvalidParameterValueError,
  PermissionDeniedError,
  ResourceDoesNotExistError,
  StorageFullError,
  TemporarilyUnavailableError,
} from '@tidemill/core'

/** The SDK's exceptions are told by their names and statuses, so that this needs no SDK. */
export const hasS3Status = (error: unknown, status: number): boolean => statusOf(error) === status

const statusOf = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  const metadata: unknown = error.$metadata
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : 0
  return typeof status === 'number' ? status : undefined
}

/** A failed call in the words of the caller. Errors of ours, and of the caller's stream, stay as they are. */
export const toS3Error = (error: unknown, path: string): unknown => {
  if (!(error instanceof Error) || error instanceof DomainError) return error
  switch (error.name) {
    case 'NoSuchKey':
    case 'NotFound':
      return new ResourceDoesNotExistError(`No artifact file at '${path}'.`)
    case 'NoSuchBucket':
      return new ResourceDoesNotExistError('The bucket of the artifacts does not exist. Its operator must make it.')
    case 'NoSuchUpload':
      return new ResourceDoesNotExistError(`There is no such multipart upload of '${path}'. Create another one.`)
    case 'InvalidPart':
    case 'InvalidPartOrder':
    case 'EntityTooSmall':
    case 'MalformedXML':
      return new InvalidParameterValueError(`The parts of '${path}' do not fit: ${error.message}`)
    case 'KeyTooLongError':
      return new InvalidParameterValueError('Invalid path')
    // Of gateways over a file system; S3 itself keeps a file and a folder of one name.
    case 'ObjectParentIsFile':
    case 'ExistingObjectIsDirectory':
    case 'DirectoryObjectContainsData':
      return new InvalidParameterValueError(
        `'${path}' is a directory, or lies below a file. Delete that first, or choose another name.`,
      )
    case 'QuotaExceeded':
    case 'XMinioStorageFull':
      return new StorageFullError('The bucket of the artifacts is full. Its operator must make room.')
    case 'AccessDenied':
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'CredentialsProviderError':
      return new PermissionDeniedError("The bucket of the artifacts refuses this server's credentials.", {
        cause: error,
      })
    default:
      return isAway(error)
        ? new TemporarilyUnavailableError('The bucket of the artifacts does not answer. Try again shortly.', {
            cause: error,
          })
        : error
  }
}

const AWAY_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EPIPE',
])

const isAway = (error: Error): boolean =>
  (statusOf(error) ?? 0) >= 500 ||
  error.name === 'TimeoutError' ||
  ('code' in error && AWAY_CODES.has(error.code) && '$metadata' in error)
