import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbsent } from './file-error.ts'

/** Below each root: what is still being written. On the same file system, so that a rename is atomic. */
export const UPLOADS_DIRECTORY = '.tidemill-uploads'

/** No upload pauses for so long; what is older was left by a crash or given up. */
const STALE_UPLOAD_MS = 24 * 3600 * 1000

export const makeUploadsDirectory = async (root: string): Promise<string> => {
  const directory = join(root, UPLOADS_DIRECTORY)
  await mkdir(directory, { recursive: true })
  return directory
}

/** Removes what crashed processes and clients left of their uploads. Other processes may share the root and be writing. */
export const removeStaleUploads = async (root: string): Promise<void> => {
  const uploads = join(root, UPLOADS_DIRECTORY)
  const names = await readdir(uploads).catch((error: unknown) => {
    if (isAbsent(error)) return []
    throw error
  })
  for (const name of names) {
    const file = join(uploads, name)
    // Absent: its own process has finished it.
    const { mtimeMs } = await lstat(file).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > STALE_UPLOAD_MS) await rm(file, { recursive: true, force: true })
  }
}
