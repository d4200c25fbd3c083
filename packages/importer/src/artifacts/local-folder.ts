import { constants } from 'node:fs'
import { lstat, open, readdir, realpath } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ReportFinding } from '../source/import-source.ts'
import type { ArtifactFolder, SourceFile } from './artifact-folder.ts'

const READ_BYTES = 512 * 1024
const MAX_DEPTH = 64

/** A path, or a `file:` URI; undefined for other URIs. Relative paths are those of the source's own folder. */
export const toLocalPath = (uri: string, base: string): string | undefined => {
  if (/^file:\/\/\//i.test(uri)) return findFilePath(uri)
  if (/^file:/i.test(uri)) return resolve(base, uri.slice('file:'.length))
  return /^[a-z][a-z0-9+.-]*:/i.test(uri) || uri === '' ? undefined : resolve(base, uri)
}

const findFilePath = (uri: string): string | undefined => {
  try {
    return fileURLToPath(uri)
  } catch {
    return undefined
  }
}

const NO_FILES: ArtifactFolder = {
  listFiles: async function* () {},
  read: () => {
    throw new Error('An absent folder has no file to read')
  },
}

/** Undefined when the directory, links resolved, is not below one of `roots`. An absent one below them has no files. */
export const openLocalFolder = async (
  directory: string,
  roots: readonly string[],
  report: ReportFinding,
): Promise<ArtifactFolder | undefined> => {
  const real = await realpath(directory).catch(absentAsUndefined)
  if (real === undefined) return roots.some((root) => isWithin(directory, resolve(root))) ? NO_FILES : undefined
  if (!(await lstat(real)).isDirectory()) return undefined
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(absentAsUndefined)))
  if (!realRoots.some((root) => root !== undefined && isWithin(real, root))) return undefined
  return {
    listFiles: () => listFiles(real, '', report),
    read: (path) => readFileBelow(real, path),
  }
}

const isWithin = (path: string, root: string): boolean => {
  const rest = relative(root, path)
  return rest === '' || (rest !== '..' && !rest.startsWith(`..${sep}`))
}

export const absentAsUndefined = (error: unknown): undefined => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
  return undefined
}

async function* listFiles(root: string, path: string, report: ReportFinding, depth = 0): AsyncGenerator<SourceFile> {
  const entries = await readdir(join(root, path), { withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const child = path === '' ? entry.name : `${path}/${entry.name}`
    if (entry.isDirectory() && depth < MAX_DEPTH) yield* listFiles(root, child, report, depth + 1)
    else if (entry.isFile()) yield { path: child, size: (await lstat(join(root, child))).size }
    else
      report({ where: join(root, child), message: 'is a symbolic link, a special file or too deep, and is left out' })
  }
}

async function* readFileBelow(root: string, path: string): AsyncGenerator<Uint8Array> {
  const file = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    yield* file.createReadStream({ highWaterMark: READ_BYTES, autoClose: false })
  } finally {
    await file.close()
  }
}
