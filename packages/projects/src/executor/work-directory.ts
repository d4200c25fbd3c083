import { access, chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../errno.ts'
import type { ScratchDirectories } from '../launch/process-environment.ts'

/** The files of one attempt; disposing deletes them. */
export interface WorkDirectory extends ScratchDirectories, AsyncDisposable {
  readonly path: string
  /** Where a Git project is checked out. */
  readonly projectTarget: string
}

/** `<attempt id>.<random>`, readable by this user only. */
export const createWorkDirectory = async (dataDirectory: string, attemptId: string): Promise<WorkDirectory> => {
  const parent = join(dataDirectory, 'work')
  await mkdir(parent, { recursive: true })
  const path = await mkdtemp(join(parent, `${attemptId}.`))
  const [projectTarget, homeDirectory, temporaryDirectory] = [
    join(path, 'project'),
    join(path, 'home'),
    join(path, 'tmp'),
  ]
  await Promise.all([projectTarget, homeDirectory, temporaryDirectory].map((directory) => mkdir(directory)))
  return {
    path,
    projectTarget,
    homeDirectory,
    temporaryDirectory,
    // Files that resist do not change how the attempt ended: `removeLeftovers` meets them again.
    [Symbol.asyncDispose]: () => deleteTree(path).catch(() => undefined),
  }
}

/** Work directories on this host, by the attempt they belong to. */
export const listWorkDirectories = async (
  dataDirectory: string,
): Promise<{ readonly attemptId: string; readonly path: string }[]> => {
  const parent = join(dataDirectory, 'work')
  try {
    const names = await readdir(parent)
    return names.map((name) => ({ attemptId: name.replace(/\.[^.]*$/, ''), path: join(parent, name) }))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}

/** Also what user code took its own permissions from. */
export const deleteTree = async (path: string): Promise<void> => {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    if (!isErrno(error, 'EACCES') && !isErrno(error, 'EPERM')) throw error
    await openFolders(path)
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  }
}

const openFolders = async (path: string): Promise<void> => {
  await chmod(path, 0o700)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name))
  }
}

/** Remembers that containers were started here: only then is the engine asked for leftovers. */
export const markDockerUse = (dataDirectory: string): Promise<void> => writeFile(dockerMark(dataDirectory), '')

export const hasUsedDocker = async (dataDirectory: string): Promise<boolean> => {
  try {
    await access(dockerMark(dataDirectory))
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}

const dockerMark = (dataDirectory: string): string => join(dataDirectory, 'docker-used')
