import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArtifactPath, InvalidParameterValueError, ResourceAlreadyExistsError } from '@tidemill/core'
import { writeBatches } from './batched-write.ts'
import { makePlace } from './contained-directory.ts'
import { isFileError, toWriteError } from './file-error.ts'
import type { RequireRoom } from './free-space.ts'
import { makeUploadsDirectory, UPLOADS_DIRECTORY } from './uploads-directory.ts'

/** How much of an upload of unknown length may arrive before the disk is looked at again. */
const ROOM_CHECK_BYTES = 64 * 1024 * 1024

export interface NewFile {
  readonly content: AsyncIterable<Uint8Array>
  readonly expectedSize?: number | undefined
  readonly ownsChunks?: boolean | undefined
}

/** Writes aside, syncs, then renames: readers see the old bytes or all of the new ones, also after a power cut. */
export const writeArtifact = async (
  root: string,
  path: ArtifactPath,
  file: NewFile,
  options: { readonly requireRoom: RequireRoom; readonly mustBeAbsent: boolean },
): Promise<{ size: number }> => {
  const aside = join(root, UPLOADS_DIRECTORY, randomUUID())
  try {
    const size = await writeAside(root, aside, file, options.requireRoom)
    requireSize(path, file.expectedSize, size)
    await publishFile(root, path, aside, options.mustBeAbsent)
    return { size }
  } catch (error) {
    await rm(aside, { force: true })
    throw toWriteError(error, path)
  }
}

/** Throws InvalidParameterValueError when fewer or more bytes came than were announced. */
export const requireSize = (name: string, expectedSize: number | undefined, size: number): void => {
  if (expectedSize === undefined || size === expectedSize) return
  throw new InvalidParameterValueError(
    `'${name}' was announced with ${expectedSize} bytes but ${size} arrived; nothing was stored. Send it again.`,
  )
}

/** Writes a new file and syncs it; answers its bytes, which are at most one chunk more than expected. */
export const writeAside = async (
  root: string,
  aside: string,
  { content, expectedSize, ownsChunks = false }: NewFile,
  requireRoom: RequireRoom,
): Promise<number> => {
  await requireRoom(root, expectedSize ?? 0)
  const file = await createFile(root, aside)
  let nextCheck = ROOM_CHECK_BYTES
  try {
    const size = await writeBatches(file, content, {
      ...(expectedSize === undefined ? {} : { maxBytes: expectedSize }),
      ownsChunks,
      beforeBatch: async (bytes) => {
        if (bytes < nextCheck) return
        nextCheck = bytes + ROOM_CHECK_BYTES
        await requireRoom(root, 0)
      },
    })
    await file.sync()
    return size
  } finally {
    await file.close()
  }
}

const createFile = async (root: string, aside: string) => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const create = () => open(aside, flags, 0o640)
  return create().catch(async (error: unknown) => {
    // A part of an upload that was given up has no folder any more, and gets none.
    if (!isFileError(error, 'ENOENT') || join(root, UPLOADS_DIRECTORY) !== join(aside, '..')) throw error
    await makeUploadsDirectory(root)
    return create()
  })
}

/** Gives a finished file its name. Throws ResourceAlreadyExistsError where it must be a new one. */
export const publishFile = async (
  root: string,
  path: ArtifactPath,
  aside: string,
  mustBeAbsent = false,
): Promise<void> => {
  const { directory, name } = await makePlace(root, path)
  const target = join(directory, name)
  if (mustBeAbsent) {
    // Unlike `rename`, `link` refuses a name that is taken, whoever took it a moment ago.
    await link(aside, target).catch((error: unknown) => {
      if (isFileError(error, 'EEXIST'))
        throw new ResourceAlreadyExistsError(`There is an artifact at '${path}' already.`)
      throw error
    })
    await rm(aside)
  } else {
    await rename(aside, target)
  }
  await syncDirectory(directory)
}

const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
