import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ArtifactPath,
  InvalidParameterValueError,
  type MultipartUploads,
  parseArtifactPath,
  ResourceDoesNotExistError,
  type UploadedPart,
} from '@tidemill/core'
import { writeBatches } from './batched-write.ts'
import { isAbsent, isFileError, toWriteError } from './file-error.ts'
import type { RequireRoom } from './free-space.ts'
import { makeUploadsDirectory, removeStaleUploads, UPLOADS_DIRECTORY } from './uploads-directory.ts'
import { publishFile, requireSize, writeAside } from './write-artifact.ts'

const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ETAG = /^[0-9a-f]{32}$/
const READ_BYTES = 1024 * 1024
const PATH_FILE = 'path'

/**
 * Each upload is a folder of parts, `<number>-<etag>`, beside the root's other unfinished files, so that any process
 * that shares the root can take a part. An upload to which nothing comes for a day is removed.
 */
export const createLocalMultipart = (root: () => Promise<string>, requireRoom: RequireRoom): MultipartUploads => ({
  create: async (path) => {
    const directory = await root()
    await removeStaleUploads(directory)
    await requireRoom(directory, 0)
    const uploadId = randomUUID()
    await makeUploadsDirectory(directory)
    await mkdir(toFolder(directory, uploadId))
    await writeFile(join(toFolder(directory, uploadId), PATH_FILE), path)
    return { uploadId }
  },

  writePart: async (uploadId, partNumber, content, expectedSize, { ownsChunks } = {}) => {
    const directory = await root()
    const folder = toFolder(directory, uploadId)
    const etag = randomUUID().replaceAll('-', '')
    const aside = join(folder, randomUUID())
    try {
      await lstat(folder)
      const size = await writeAside(directory, aside, { content, expectedSize, ownsChunks }, requireRoom)
      requireSize(`part ${partNumber}`, expectedSize, size)
      await rename(aside, join(folder, toPartName({ partNumber, etag })))
      return { etag }
    } catch (error) {
      await rm(aside, { force: true })
      if (isFileError(error, 'ENOENT')) throw noUpload(uploadId)
      throw toWriteError(error, `part ${partNumber}`)
    }
  },

  complete: async (path, uploadId, parts) => {
    const directory = await root()
    const names = await checkUpload(toFolder(directory, uploadId), path, uploadId, parts)
    // Of two that complete one upload, only one can rename it.
    const claimed = join(directory, UPLOADS_DIRECTORY, randomUUID())
    await rename(toFolder(directory, uploadId), claimed).catch((error: unknown) => {
      throw isFileError(error, 'ENOENT') ? noUpload(uploadId) : error
    })
    try {
      const first = join(claimed, names[0] ?? '')
      await appendFiles(
        first,
        names.slice(1).map((name) => join(claimed, name)),
      )
      await publishFile(directory, path, first)
    } catch (error) {
      throw toWriteError(error, path)
    } finally {
      await rm(claimed, { recursive: true, force: true })
    }
  },

  abort: async (path, uploadId) => {
    const folder = toFolder(await root(), uploadId)
    const target = await findTarget(folder)
    if (target === path) await rm(folder, { recursive: true, force: true })
  },
})

const toFolder = (root: string, uploadId: string): string => {
  if (!UPLOAD_ID.test(uploadId)) throw noUpload(uploadId)
  return join(root, UPLOADS_DIRECTORY, `multipart-${uploadId}`)
}

const toPartName = ({ partNumber, etag }: UploadedPart): string => `${partNumber}-${etag}`

const noUpload = (uploadId: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(
    `There is no multipart upload '${uploadId}'. It was completed, aborted or idle for a day; create another one.`,
  )

const findTarget = async (folder: string): Promise<ArtifactPath | undefined> => {
  try {
    return parseArtifactPath(await readFile(join(folder, PATH_FILE), 'utf8'))
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** The files of the parts in their order. */
const checkUpload = async (
  folder: string,
  path: ArtifactPath,
  uploadId: string,
  parts: readonly UploadedPart[],
): Promise<readonly string[]> => {
  if ((await findTarget(folder)) !== path) throw noUpload(uploadId)
  const present = new Set(await readdir(folder))
  let last = 0
  return parts.map(({ partNumber, etag: quoted }) => {
    const etag = quoted.replaceAll('"', '')
    if (partNumber <= last) throw new InvalidParameterValueError(`Part ${partNumber} is not in ascending order.`)
    last = partNumber
    const name = toPartName({ partNumber, etag })
    if (!ETAG.test(etag) || !present.has(name)) {
      throw new InvalidParameterValueError(`Part ${partNumber} with the etag '${quoted}' was not uploaded.`)
    }
    return name
  })
}

/** Each file goes away as soon as its bytes are in the first, so that one part is on the disk twice at most. */
const appendFiles = async (first: string, others: readonly string[]): Promise<void> => {
  if (others.length === 0) return
  const file = await open(first, 'a')
  try {
    for (const other of others) {
      await writeBatches(file, createReadStream(other, { highWaterMark: READ_BYTES }), { ownsChunks: true })
      await rm(other)
    }
    await file.sync()
  } finally {
    await file.close()
  }
}
