import { constants, type Dirent, type Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ARTIFACT_ROOT,
  type ArtifactContent,
  type ArtifactPath,
  type ArtifactStore,
  type ByteRange,
  type FileInfo,
  InvalidParameterValueError,
  joinArtifactPath,
  type MultipartUploads,
  ResourceDoesNotExistError,
} from '@tidemill/core'
import { findPlace } from './contained-directory.ts'
import { isAbsent } from './file-error.ts'
import { createRoomCheck, type FreeSpaceOptions } from './free-space.ts'
import { createLocalMultipart } from './local-multipart.ts'
import { removeStaleUploads, UPLOADS_DIRECTORY } from './uploads-directory.ts'
import { writeArtifact } from './write-artifact.ts'

const STATS_AT_ONCE = 64
/** Of one read of a download. */
const READ_BYTES = 512 * 1024

/** Files below a directory of this machine. Symbolic links below it are never followed, listed or read. */
export const createLocalArtifactStore = (directory: string, options: FreeSpaceOptions = {}): ArtifactStore => {
  const requireRoom = createRoomCheck(options)
  let opened: Promise<string> | undefined
  /** Made with the first use, so that a server with an unused store leaves no folder. */
  const root = (): Promise<string> => (opened ??= openRoot(directory))

  return {
    list: async (path) => listDirectory(await root(), withoutUploads(path)),
    stat: async (path) => statArtifact(await root(), withoutUploads(path)),
    read: async (path, range) => readArtifact(await root(), withoutUploads(path), range),
    write: async (path, content, expectedSize, { mustBeAbsent = false, ownsChunks } = {}) => {
      if (path === ARTIFACT_ROOT) throw new InvalidParameterValueError('Invalid path')
      const file = { content, expectedSize, ownsChunks }
      return writeArtifact(await root(), withoutUploads(path), file, { requireRoom, mustBeAbsent })
    },
    delete: async (path) => {
      if (path === ARTIFACT_ROOT) throw new InvalidParameterValueError('Invalid path')
      const place = await findPlace(await root(), withoutUploads(path))
      // `rm` removes a link, never what it points to.
      if (place !== undefined) await rm(join(place.directory, place.name), { recursive: true, force: true })
    },
    multipart: withCheckedPath(createLocalMultipart(root, requireRoom)),
  }
}

const withCheckedPath = (uploads: MultipartUploads): MultipartUploads => ({
  ...uploads,
  create: async (path, partCount) => {
    if (path === ARTIFACT_ROOT) throw new InvalidParameterValueError('Invalid path')
    return uploads.create(withoutUploads(path), partCount)
  },
})

const openRoot = async (directory: string): Promise<string> => {
  await mkdir(directory, { recursive: true })
  const root = await realpath(directory)
  await removeStaleUploads(root)
  return root
}

const withoutUploads = (path: ArtifactPath): ArtifactPath => {
  if (path === UPLOADS_DIRECTORY || path.startsWith(`${UPLOADS_DIRECTORY}/`)) {
    throw new InvalidParameterValueError('Invalid path')
  }
  return path
}

const statArtifact = async (root: string, path: ArtifactPath): Promise<FileInfo | undefined> => {
  const place = await findPlace(root, path)
  if (place === undefined) return undefined
  try {
    const stats = await lstat(join(place.directory, place.name))
    if (stats.isDirectory()) return { path, isDir: true }
    return stats.isFile() ? { path, isDir: false, fileSize: stats.size, ...toFacts(stats) } : undefined
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Files are replaced by renaming, never written in place, so another inode or time is another content. */
const toFacts = ({ ino, size, mtimeMs }: Stats): { modifiedAt: number; etag: string } => ({
  modifiedAt: Math.trunc(mtimeMs),
  etag: [ino, size, Math.trunc(mtimeMs * 1000)].map((each) => each.toString(36)).join('-'),
})

const listDirectory = async (root: string, path: ArtifactPath): Promise<FileInfo[]> => {
  const info = await statArtifact(root, path)
  if (info?.isDir !== true) return []
  const entries = (await readDirectory(join(root, path)))
    .filter((entry) => entry.isDirectory() || entry.isFile())
    .filter((entry) => path !== ARTIFACT_ROOT || entry.name !== UPLOADS_DIRECTORY)
    .map((entry) => joinListed(path, entry.name))
    .filter((child) => child !== undefined)
    .toSorted((a, b) => (a < b ? -1 : 1))
  const files: FileInfo[] = []
  for (let start = 0; start < entries.length; start += STATS_AT_ONCE) {
    const batch = await Promise.all(
      entries.slice(start, start + STATS_AT_ONCE).map((child) => statArtifact(root, child)),
    )
    for (const file of batch) {
      if (file?.fileSize !== undefined) files.push({ path: file.path, isDir: false, fileSize: file.fileSize })
      else if (file !== undefined) files.push(file)
    }
  }
  return files
}

const readDirectory = async (directory: string): Promise<Dirent[]> => {
  try {
    return await readdir(directory, { withFileTypes: true })
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** Undefined for a name that somebody put there by hand and that no client could ask for. */
const joinListed = (path: ArtifactPath, name: string): ArtifactPath | undefined => {
  try {
    return joinArtifactPath(path, name)
  } catch {
    return undefined
  }
}

const readArtifact = async (root: string, path: ArtifactPath, range?: ByteRange): Promise<ArtifactContent> => {
  const absent = () => new ResourceDoesNotExistError(`No artifact file at '${path}'.`)
  const place = await findPlace(root, path)
  if (place === undefined || path === ARTIFACT_ROOT) throw absent()
  // O_NONBLOCK: opening a FIFO that somebody left there must not hang.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(join(place.directory, place.name), flags).catch((error: unknown) => {
    throw isAbsent(error) ? absent() : error
  })
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw absent()
    return {
      size: stats.size,
      ...toFacts(stats),
      stream: file.createReadStream({ highWaterMark: READ_BYTES, ...range }),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}
