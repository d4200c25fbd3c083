import { isAbsolute, relative } from 'node:path'
import { acquireDirectoryLock, acquireStoreLock, type DirectoryLock } from '@tidemill/api'
import type { ServeConfig } from '../config.ts'
import { CliError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'

/**
 * Takes the data directory and the embedded store for this process: two processes must never open one. Answers the
 * lock of the data directory. Throws ResourceConflictError naming the holder, CliError when this user cannot write
 * there.
 */
export const lockDirectories = async (config: ServeConfig, stack: AsyncDisposableStack): Promise<DirectoryLock> => {
  const lock = stack.use(await take(acquireDirectoryLock, config.dataDirectory, '--data-dir or TIDEMILL_DATA_DIR'))
  if (config.store.kind === 'embedded') await lockStore(config.store.uri, stack)
  return lock
}

/**
 * What a server without a worker holds: an embedded store, and the data directory only when the store lies in it.
 * Servers of different stores share one data directory, which has but caches then. Undefined on Postgres.
 */
export const lockServerDirectories = async (
  config: ServeConfig,
  stack: AsyncDisposableStack,
): Promise<DirectoryLock | undefined> => {
  if (config.store.kind === 'postgres') return undefined
  return isWithin(config.store.uri, config.dataDirectory)
    ? lockDirectories(config, stack)
    : lockStore(config.store.uri, stack)
}

const lockStore = async (directory: string, stack: AsyncDisposableStack): Promise<DirectoryLock> =>
  stack.use(await take(acquireStoreLock, directory, '--backend-store-uri'))

const isWithin = (path: string, directory: string): boolean => {
  const rest = relative(directory, path)
  return !rest.startsWith('..') && !isAbsolute(rest)
}

const take = async (
  acquire: typeof acquireDirectoryLock,
  directory: string,
  setting: string,
): Promise<DirectoryLock> => {
  try {
    return await acquire(directory)
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
