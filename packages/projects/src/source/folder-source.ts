import { access, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ProjectSource } from '@tidemill/core'
import { isErrno } from '../errno.ts'
import { GitError, type RunGit } from './git.ts'
import type { ProjectUri } from './project-uri.ts'
import { SourceError } from './source-error.ts'

/** Where a path lies in the Git work tree around it. */
export interface EnclosingRepository {
  readonly root: string
  /** Of the path below the root, `/`-separated, `''` for the root itself. */
  readonly prefix: string
}

/** Throws SourceError `unknown` unless the path is a directory. */
export const requireFolder = async (uri: ProjectUri & { readonly path: string }): Promise<string> => {
  const path = resolve(uri.path)
  const kind = await kindOf(path)
  if (kind === 'directory') return path
  const gitHint = 'nor is it a Git URI (https://…, git@host:…, ssh://…, file://…)'
  throw new SourceError(
    'unknown',
    kind === 'absent'
      ? `There is no folder '${path}', ${gitHint}. Check the spelling of '${uri.text}'.`
      : `'${path}' is a file. Give the folder that holds the MLproject file, or a Git URI.`,
  )
}

/** Throws SourceError `unknown` when the subdirectory is missing. */
export const requireSubdirectory = async (folder: string, subdirectory: string): Promise<string> => {
  const path = join(folder, subdirectory)
  if ((await kindOf(path)) === 'directory') return path
  throw new SourceError('unknown', `Could not find subdirectory '${subdirectory}' of '${folder}'.`)
}

/** `worktree`: the root of a checkout; `bare`: a bare repository. */
export const repositoryKind = async (path: string): Promise<'worktree' | 'bare' | 'none'> => {
  if (await exists(join(path, '.git'))) return 'worktree'
  const parts = await Promise.all(['HEAD', 'objects', 'refs'].map((name) => exists(join(path, name))))
  return parts.every(Boolean) ? 'bare' : 'none'
}

const hasGitAbove = async (path: string): Promise<boolean> => {
  const real = await realpath(path)
  for (let folder = real; ; folder = dirname(folder)) {
    if (await exists(join(folder, '.git'))) return true
    if (folder === dirname(folder)) return false
  }
}

/** Undefined outside a work tree. */
export const findEnclosingRepository = async (git: RunGit, path: string): Promise<EnclosingRepository | undefined> => {
  // Most of what Git costs is its start, so it is asked only where there is something to find.
  if (!(await hasGitAbove(path))) return undefined
  const output = await tryGit(git, path, ['rev-parse', '--show-toplevel', '--show-prefix'])
  const [root, prefix] = output?.split('\n') ?? []
  return root === undefined || prefix === undefined ? undefined : { root, prefix: prefix.replace(/\/$/, '') }
}

/**
 * A folder that is run in place, with MLflow's Git facts when it lies in a work tree (spec/mlproject.md §8.2, §8.3):
 * none for an ignored folder, no commit in a repository without one.
 */
export const describeFolder = async (
  git: RunGit,
  uri: ProjectUri,
  folder: string,
  project: string,
): Promise<ProjectSource> => {
  const repository = await findEnclosingRepository(git, project)
  const isIgnored =
    repository !== undefined && (await tryGit(git, project, ['check-ignore', '--quiet', '--', project])) !== undefined
  const [commit, remote] =
    repository === undefined || isIgnored
      ? []
      : await Promise.all([
          tryGit(git, project, ['rev-parse', '--verify', '--quiet', 'HEAD']),
          tryGit(git, project, ['config', '--get-regexp', String.raw`^remote\..*\.url$`]),
        ])
  const repositoryUrl = remote === undefined ? undefined : firstRemoteUrl(remote)
  return {
    kind: 'folder',
    uri: uri.text,
    location: folder,
    subdirectory: uri.subdirectory,
    ...(commit === undefined ? {} : { commit: commit.trim() }),
    ...(repositoryUrl === undefined ? {} : { repositoryUrl }),
    sourceName: folderSourceName(folder, uri.subdirectory, repository),
  }
}

/** The value of `mlflow.source.name` for a path. */
export const folderSourceName = (
  folder: string,
  subdirectory: string,
  repository: EnclosingRepository | undefined,
): string => {
  if (subdirectory !== '') return `${folder}#${subdirectory}`
  if (repository === undefined) return folder
  return `file://${repository.root}${repository.prefix === '' ? '' : `#${repository.prefix}`}`
}

/** What Git is given for a repository on this disk: percent-encoded, so that every name comes through. */
export const localRemote = (path: string): string => pathToFileURL(path).href

/** The stored URL of a remote may have a password in it, the tag must not. */
const firstRemoteUrl = (config: string): string | undefined => {
  const url = /^\S+ (.+)$/m.exec(config)?.[1]
  return url?.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/@]*)@/, (_, scheme: string, userInfo: string) =>
    scheme === 'ssh://' && !userInfo.includes(':') ? `${scheme}${userInfo}@` : scheme,
  )
}

const tryGit = async (git: RunGit, directory: string, args: readonly string[]): Promise<string | undefined> => {
  try {
    return await git(directory, args)
  } catch (error) {
    if (error instanceof GitError && error.problem === 'exit') return undefined
    throw error
  }
}

const kindOf = async (path: string): Promise<'directory' | 'other' | 'absent'> => {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'other'
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR') || isErrno(error, 'ENAMETOOLONG')) return 'absent'
    throw error
  }
}

const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return false
    throw error
  }
}
