import { InvalidParameterValueError, StorageFullError } from '@tidemill/core'

export const isFileError = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)

/** No file is there: absent, below a file, a link where none may be, or a socket (ENXIO). */
export const isAbsent = (error: unknown): boolean =>
  isFileError(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL', 'ENXIO')

/** A failed write in the words of the caller; what is not the caller's or the disk's doing stays as it is. */
export const toWriteError = (error: unknown, path: string): unknown => {
  if (isFileError(error, 'ENAMETOOLONG', 'EINVAL', 'ENOTDIR', 'ELOOP', 'EILSEQ')) {
    return new InvalidParameterValueError('Invalid path')
  }
  if (isFileError(error, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) {
    return new InvalidParameterValueError(`'${path}' is a directory. Delete it first, or choose another name.`)
  }
  if (isFileError(error, 'ENOSPC', 'EDQUOT')) {
    return new StorageFullError(
      `No space is left for the artifact '${path}'. Free space below the artifacts destination, then try again.`,
    )
  }
  return error
}
