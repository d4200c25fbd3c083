import { open, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { InvalidProjectError } from '@tidemill/core'

/** Largest MLproject or environment file, in bytes. */
export const MAX_PROJECT_FILE_BYTES = 256 * 1024

/** The text files of a project that describe it, wherever they are: a folder, or a commit that is not checked out. */
export interface ProjectFiles {
  /** Names in the project root, folders included, not recursive. */
  list(): Promise<readonly string[]>
  /**
   * The text of a file; `path` is relative to the project root. Undefined when there is none, or when it lies outside.
   * Throws InvalidProjectError for a file above MAX_PROJECT_FILE_BYTES or one that is not UTF-8.
   */
  read(path: string): Promise<string | undefined>
  exists(path: string): Promise<boolean>
}

/** The files of a folder on disk. Links that leave the folder count as missing. */
export const folderProjectFiles = (directory: string): ProjectFiles => ({
  list: async () => (await readdir(directory)).sort(),
  read: async (path) => {
    const file = await findInside(directory, path)
    return file === undefined ? undefined : readText(file, path)
  },
  exists: async (path) => (await findInside(directory, path)) !== undefined,
})

/** `bytes` as text; throws InvalidProjectError when there are too many or they are not UTF-8. */
export const toProjectFileText = (bytes: Uint8Array, path: string): string => {
  if (bytes.byteLength > MAX_PROJECT_FILE_BYTES) throw new TooLargeError(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new InvalidProjectError('The project is not valid:', [
      { file: path, message: 'is not UTF-8 text', hint: 'save it with UTF-8 encoding' },
    ])
  }
}

class TooLargeError extends InvalidProjectError {
  constructor(path: string) {
    super('The project is not valid:', [
      { file: path, message: 'has more than 256 KB', hint: 'move what is not configuration to other files' },
    ])
  }
}

/** The real path of a regular file below `directory`, or undefined. */
const findInside = async (directory: string, path: string): Promise<string | undefined> => {
  if (path === '' || path.includes('\0') || isAbsolute(path)) return undefined
  try {
    const root = await realpath(directory)
    const file = await realpath(join(root, path))
    const inner = relative(root, file)
    if (inner === '..' || inner.startsWith(`..${sep}`) || isAbsolute(inner)) return undefined
    return (await stat(file)).isFile() ? file : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(String(error.code))

const readText = async (file: string, path: string): Promise<string> => {
  await using handle = await open(file, 'r')
  // One byte more than allowed tells a file at the limit from a larger one without reading the rest.
  const buffer = Buffer.alloc(MAX_PROJECT_FILE_BYTES + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
    length += bytesRead
    if (bytesRead === 0 || length === buffer.length) break
  }
  return toProjectFileText(buffer.subarray(0, length), path)
}
