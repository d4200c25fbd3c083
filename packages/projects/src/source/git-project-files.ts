import { InvalidProjectError } from '@tidemill/core'
import { MAX_PROJECT_FILE_BYTES, type ProjectFiles } from '../project-files.ts'
import { GitError, type RunGit } from './git.ts'

interface TreeEntry {
  readonly name: string
  /** A symbolic link is no file here: the checkout does not follow it either. */
  readonly isFile: boolean
  readonly sizeBytes: number
}

/** The files of a project in a commit, read from the mirror without a checkout. Undefined: no such subdirectory. */
export const openGitProjectFiles = async (
  git: RunGit,
  mirror: string,
  commit: string,
  subdirectory: string,
): Promise<ProjectFiles | undefined> => {
  const tree = subdirectory === '' ? commit : `${commit}:${subdirectory}`
  const root = await listTree(git, mirror, tree)
  if (root === undefined) return undefined
  const find = async (path: string): Promise<TreeEntry | undefined> => {
    const slash = path.lastIndexOf('/')
    const name = path.slice(slash + 1)
    const below = slash === -1 ? root : await listTree(git, mirror, join(commit, subdirectory, path.slice(0, slash)))
    return below?.find((entry) => entry.name === name)
  }
  return {
    list: async () => root.map(({ name }) => name),
    exists: async (path) => (await find(normalise(path)))?.isFile === true,
    read: async (path) => {
      const entry = await find(normalise(path))
      if (entry?.isFile !== true) return undefined
      if (entry.sizeBytes > MAX_PROJECT_FILE_BYTES) {
        const message = `is ${entry.sizeBytes} bytes, more than the ${MAX_PROJECT_FILE_BYTES} that are read`
        throw new InvalidProjectError('The project cannot be read:', [{ file: path, message, hint: 'make it smaller' }])
      }
      return git(mirror, ['cat-file', 'blob', join(commit, subdirectory, normalise(path))])
    },
  }
}

/** Undefined when the object is not there or is no directory. */
const listTree = async (git: RunGit, mirror: string, tree: string): Promise<TreeEntry[] | undefined> => {
  try {
    const listing = await git(mirror, ['ls-tree', '-z', '--long', '--end-of-options', tree])
    return listing.split('\0').flatMap((line) => {
      const match = /^(\d+) \S+ \S+ +(\d+|-)\t(.*)$/s.exec(line)
      if (match === null) return []
      const [, mode = '', size = '', name = ''] = match
      return [{ name, isFile: mode.startsWith('100'), sizeBytes: Number(size) || 0 }]
    })
  } catch (error) {
    if (error instanceof GitError && error.problem === 'exit') return undefined
    throw error
  }
}

const join = (commit: string, ...parts: readonly string[]): string =>
  `${commit}:${parts.filter((part) => part !== '').join('/')}`

const normalise = (path: string): string => path.replace(/^(?:\.\/+)+/, '').replaceAll(/\/+/g, '/')
