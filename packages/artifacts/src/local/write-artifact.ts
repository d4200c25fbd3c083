import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArtifactPath, InvalidParameterValueError } from '@tidemill/core'
import { makePlace } from './contained-directory.ts'
import { isAbsent, isFileError, toWriteError } from './file-error.ts'

/** Below each root: files that are still being written. On the same file system, so that a rename is atomic. */
export const UPLOADS_DIRECTORY = '.tidemill-uploads'

/** No upload takes this long; what is older was left by a crash. */
const STALE_UPLOAD_MS = 24 * 3600 * 1000

/** Removes what crashed processes left of their uploads. Other processes may share the root and be writing. */
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

/** Writes aside, syncs, then renames: readers see the old bytes or all of the new ones, also after a power cut. */
export const writeArtifact = async (
  root: string,
  path: ArtifactPath,
  content: AsyncIterable<Uint8Array>,
  expectedSize: number | undefined,
): Promise<{ size: number }> => {
  const aside = join(root, UPLOADS_DIRECTORY, randomUUID())
  try {
    const size = await writeAside(aside, content, expectedSize)
    if (expectedSize !== undefined && size !== expectedSize) {
      throw new InvalidParameterValueError(
        `'${path}' was announced with ${expectedSize} bytes but ${size} arrived; nothing was stored. Send it again.`,
      )
    }
    const { directory, name } = await makePlace(root, path)
    await rename(aside, join(directory, name))
    await syncDirectory(directory)
    return { size }
  } catch (error) {
    await rm(aside, { force: true })
    throw toWriteError(error, path)
  }
}

const writeAside = async (
  aside: string,
  content: AsyncIterable<Uint8Array>,
  expectedSize: number | undefined,
): Promise<number> => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const create = () => open(aside, flags, 0o640)
  const file = await create().catch(async (error: unknown) => {
    if (!isFileError(error, 'ENOENT')) throw error
    await mkdir(join(aside, '..'), { recursive: true })
    return create()
  })
  try {
    let size = 0
    for await (const chunk of content) {
      size += chunk.byteLength
      if (expectedSize !== undefined && size > expectedSize) break
      // Not `write`, which may write a part of the chunk only.
      await file.writeFile(chunk)
    }
    await file.sync()
    return size
  } finally {
    await file.close()
  }
}

const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
