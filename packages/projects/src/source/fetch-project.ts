import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProjectSource } from '@tidemill/core'
import { requireSubdirectory } from './folder-source.ts'
import { createGit, type RunGit } from './git.ts'
import { createMirrors } from './mirrors.ts'
import { parseProjectUri } from './project-uri.ts'
import { SourceError } from './source-error.ts'
import { checkSourcePolicy, gitProtocols, type SourcePolicy } from './source-policy.ts'

const CHECKOUT_LIMIT_MS = 10 * 60_000

/**
 * Brings a pinned source to disk and answers the project's directory: a Git commit is checked out below
 * `targetDirectory`, a folder is used where it is. Throws SourceError.
 */
export type FetchProject = (source: ProjectSource, targetDirectory: string, signal?: AbortSignal) => Promise<string>

export const createProjectFetcher = (options: {
  readonly cacheDirectory: string
  readonly policy: SourcePolicy
}): FetchProject => {
  const { cacheDirectory, policy } = options
  const git = createGit(cacheDirectory, gitProtocols(policy))
  const mirrors = createMirrors(cacheDirectory, git)
  return async (source, targetDirectory, signal) => {
    // A worker has a policy of its own: what the server took in is checked again here.
    checkSourcePolicy(toUri(source), policy)
    if (source.kind === 'folder') return requireSubdirectory(source.location, source.subdirectory)
    if (source.commit === undefined) throw new SourceError('unknown', `The Git source '${source.uri}' has no commit.`)
    const mirror = await mirrors.ensureCommit(source.location, source.commit, signal)
    await checkOut(git, mirror, source.location, source.commit, targetDirectory, signal)
    return requireSubdirectory(targetDirectory, source.subdirectory)
  }
}

const toUri = (source: ProjectSource) =>
  source.kind === 'folder'
    ? { kind: 'path' as const, text: source.uri, path: source.location, subdirectory: source.subdirectory }
    : parseProjectUri(source.location)

/**
 * A repository of the attempt's own that borrows the mirror's objects: as quick as a worktree, but nothing that user
 * code does with Git in there can change the mirror's configuration or refs.
 */
const checkOut = async (
  git: RunGit,
  mirror: string,
  remote: string,
  commit: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const repository = join(target, '.git')
  await mkdir(join(repository, 'objects', 'info'), { recursive: true })
  await mkdir(join(repository, 'refs'))
  await Promise.all([
    writeFile(join(repository, 'HEAD'), `${commit}\n`),
    writeFile(join(repository, 'config'), repositoryConfig(remote)),
    writeFile(join(repository, 'objects', 'info', 'alternates'), `${join(mirror, 'objects')}\n`),
    // The parents may be missing: history ends here, as after a fetch of depth 1.
    writeFile(join(repository, 'shallow'), `${commit}\n`),
  ])
  await git(target, ['reset', '--hard', '--quiet'], {
    limitMs: CHECKOUT_LIMIT_MS,
    ...(signal === undefined ? {} : { signal }),
  })
}

const repositoryConfig = (remote: string): string =>
  [
    '[core]',
    '\trepositoryformatversion = 0',
    '\tbare = false',
    '[remote "origin"]',
    `\turl = ${JSON.stringify(remote)}`,
    '',
  ].join('\n')
