import { dirname } from 'node:path'
import { acquireDirectoryLock, type DirectoryLock } from '@tidemill/api'
import type { ServeConfig } from '../config.ts'

/**
 * Takes the data directory for this process, and an embedded store that lies elsewhere: two processes must never open
 * one. Answers the lock of the data directory. Throws ResourceConflictError naming the holder.
 */
export const lockDirectories = async (config: ServeConfig, stack: AsyncDisposableStack): Promise<DirectoryLock> => {
  const lock = stack.use(await acquireDirectoryLock(config.dataDirectory))
  const storeParent = dirname(config.store.uri)
  if (config.store.kind === 'embedded' && storeParent !== config.dataDirectory) {
    stack.use(await acquireDirectoryLock(storeParent))
  }
  return lock
}
