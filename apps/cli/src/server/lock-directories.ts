import { dirname } from 'node:path'
import { acquireDirectoryLock, type DirectoryLock } from '@tidemill/api'
import type { ServeConfig } from '../config.ts'
import { CliError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'

/**
 * Takes the data directory for this process, and an embedded store that lies elsewhere: two processes must never open
 * one. Answers the lock of the data directory. Throws ResourceConflictError naming the holder, CliError when
 * this user cannot write there.
 */
export const lockDirectories = async (config: ServeConfig, stack: AsyncDisposableStack): Promise<DirectoryLock> => {
  const lock = stack.use(await takeDirectory(config.dataDirectory, '--data-dir or TIDEMILL_DATA_DIR'))
  const storeParent = dirname(config.store.uri)
  if (config.store.kind === 'embedded' && storeParent !== config.dataDirectory) {
    stack.use(await takeDirectory(storeParent, '--backend-store-uri'))
  }
  return lock
}

const takeDirectory = async (directory: string, setting: string): Promise<DirectoryLock> => {
  try {
    return await acquireDirectoryLock(directory)
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error
    const reason = REASONS[String(error.code)] ?? error.message
    throw new CliError(
      `The data directory '${directory}' cannot be used: ${reason}. Give one that you may write to with ${setting}.`,
      EXIT_CODES.usage,
      { cause: error },
    )
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file in its place',
  ENOTDIR: 'there is a file on the way to it',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its disk is read-only',
  ENOSPC: 'its disk is full',
}
