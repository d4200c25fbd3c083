import { lstat, mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArtifactPath, InvalidParameterValueError } from '@tidemill/core'
import { isAbsent, isFileError } from './file-error.ts'

/** The parent of a path, proven to be a real directory below the root, and the last segment. */
export interface Place {
  /** Absolute and real: no part of it is a symbolic link. */
  readonly directory: string
  readonly name: string
}

/**
 * Where a path is kept. Undefined when a parent is absent, is no directory or is a symbolic link: links are never
 * followed, so nothing outside the root is reached through one (spec/security.md S5).
 */
export const findPlace = async (root: string, path: ArtifactPath): Promise<Place | undefined> => {
  const { parents, name } = split(path)
  const directory = join(root, ...parents)
  try {
    return (await realpath(directory)) === directory ? { directory, name } : undefined
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** As findPlace, making the parents that are absent. Throws InvalidParameterValueError where something else is in the way. */
export const makePlace = async (root: string, path: ArtifactPath): Promise<Place> => {
  const found = await findPlace(root, path)
  if (found !== undefined) return found
  const { parents, name } = split(path)
  let directory = root
  for (const parent of parents) {
    directory = join(directory, parent)
    await makeDirectory(directory)
  }
  return { directory, name }
}

/** Not recursive: `mkdir -p` would follow a link on its way. */
const makeDirectory = async (directory: string): Promise<void> => {
  try {
    await mkdir(directory)
  } catch (error) {
    if (!isFileError(error, 'EEXIST')) throw error
    if (!(await lstat(directory)).isDirectory()) throw new InvalidParameterValueError('Invalid path')
  }
}

const split = (path: ArtifactPath): { parents: string[]; name: string } => {
  const segments = path.split('/')
  return { parents: segments.slice(0, -1), name: segments.at(-1) ?? '' }
}
