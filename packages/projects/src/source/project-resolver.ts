import type { ProjectResolver, ProjectSource, ResolvedProject } from '@tidemill/core'
import { readProject } from '../mlproject/read-project.ts'
import { folderProjectFiles } from '../project-files.ts'
import {
  describeFolder,
  findEnclosingRepository,
  folderSourceName,
  localRemote,
  repositoryKind,
  requireFolder,
  requireSubdirectory,
} from './folder-source.ts'
import { createGit, type RunGit } from './git.ts'
import { openGitProjectFiles } from './git-project-files.ts'
import { createMirrors, type Mirrors } from './mirrors.ts'
import { parseProjectUri, type ProjectUri } from './project-uri.ts'
import {
  findTipByPrefix,
  findVersion,
  isShortSha,
  listRemoteRefs,
  type RemoteRefs,
  type ResolvedVersion,
  unknownVersion,
} from './remote-refs.ts'
import { SourceError } from './source-error.ts'
import { checkSourcePolicy, gitProtocols, type SourcePolicy } from './source-policy.ts'

export interface ProjectResolverOptions {
  /** Bare mirrors of Git remotes are kept here, shared by the processes of the host. */
  readonly cacheDirectory: string
  readonly policy: SourcePolicy
}

/** Finds projects in folders and Git repositories. Errors are SourceError or what `readProject` throws. */
export const createProjectResolver = ({ cacheDirectory, policy }: ProjectResolverOptions): ProjectResolver => {
  const git = createGit(cacheDirectory, gitProtocols(policy))
  const resolver: Resolver = { git, mirrors: createMirrors(cacheDirectory, git), cacheDirectory }
  return {
    async resolve({ uri, version }) {
      const parsed = parseProjectUri(uri, version)
      checkSourcePolicy(parsed, policy)
      if (parsed.kind === 'git') {
        const { remote, subdirectory } = parsed
        return resolveGit(resolver, parsed, { remote, subdirectory, sourceName: parsed.text })
      }
      return resolveLocal(resolver, parsed, policy)
    },
  }
}

interface Resolver {
  readonly git: RunGit
  readonly mirrors: Mirrors
  readonly cacheDirectory: string
}

interface GitPlace {
  readonly remote: string
  readonly subdirectory: string
  readonly sourceName: string
}

/**
 * A path on this disk: a bare repository, the root of a work tree named by `file://`, or anything with a version is a
 * Git source, so a checkout never happens in the user's own tree; every other folder is run in place.
 */
const resolveLocal = async (
  resolver: Resolver,
  uri: ProjectUri & { readonly path: string },
  policy: SourcePolicy,
): Promise<ResolvedProject> => {
  const folder = await requireFolder(uri)
  const kind = await repositoryKind(folder)
  if (kind === 'bare' || (kind === 'worktree' && uri.kind === 'file')) {
    return resolveGit(resolver, uri, {
      remote: localRemote(folder),
      subdirectory: uri.subdirectory,
      sourceName: uri.kind === 'file' ? uri.text : folderSourceName(folder, uri.subdirectory, undefined),
    })
  }
  if (!policy.allowLocal) {
    throw new SourceError('policy', `'${uri.text}' is a folder without Git, which this server does not run. Use Git.`)
  }
  if (uri.version !== undefined) return resolveVersionOfFolder(resolver, uri, folder, uri.version)
  const project = await requireSubdirectory(folder, uri.subdirectory)
  const { spec, warnings } = await readProject(folderProjectFiles(project))
  return { source: await describeFolder(resolver.git, uri, folder, project), spec, warnings }
}

const resolveVersionOfFolder = async (
  resolver: Resolver,
  uri: ProjectUri,
  folder: string,
  version: string,
): Promise<ResolvedProject> => {
  const repository = await findEnclosingRepository(resolver.git, folder)
  if (repository === undefined) {
    throw new SourceError(
      'unknown',
      `Setting a version is only supported for Git projects: '${folder}' is not in a Git repository. ` +
        `Leave the version '${version}' away.`,
    )
  }
  return resolveGit(resolver, uri, {
    remote: localRemote(repository.root),
    subdirectory: [repository.prefix, uri.subdirectory].filter((part) => part !== '').join('/'),
    sourceName: folderSourceName(folder, uri.subdirectory, repository),
  })
}

const resolveGit = async (resolver: Resolver, uri: ProjectUri, place: GitPlace): Promise<ResolvedProject> => {
  const { git, mirrors } = resolver
  const { remote, subdirectory, sourceName } = place
  const { commit, branch } = await resolveVersion(resolver, remote, uri.version)
  const mirror = await mirrors.ensureCommit(remote, commit)
  const files = await openGitProjectFiles(git, mirror, commit, subdirectory)
  if (files === undefined) {
    throw new SourceError(
      'unknown',
      `Could not find subdirectory '${subdirectory}' of '${remote}' at commit ${commit}. ` +
        `Check the part of '${uri.text}' behind '#', or give another version.`,
    )
  }
  const { spec, warnings } = await readProject(files)
  const source: ProjectSource = {
    kind: 'git',
    uri: uri.text,
    location: remote,
    subdirectory,
    ...(uri.version === undefined ? {} : { version: uri.version }),
    commit,
    ...(branch === undefined ? {} : { branch }),
    repositoryUrl: remote,
    sourceName,
  }
  return { source, spec, warnings }
}

const resolveVersion = async (
  { git, mirrors, cacheDirectory }: Resolver,
  remote: string,
  version: string | undefined,
): Promise<ResolvedVersion> => {
  const refs = await listRemoteRefs(git, cacheDirectory, remote)
  if (version === undefined) return { commit: requireHead(remote, refs) }
  const found = findVersion(refs, version)
  if (found !== undefined) return found
  if (isShortSha(version)) {
    const commit = findTipByPrefix(refs, version) ?? (await mirrors.findByPrefix(remote, version.toLowerCase()))
    if (commit !== undefined) return { commit }
  }
  throw unknownVersion(remote, version, refs)
}

const requireHead = (remote: string, { head, commits }: RemoteRefs): string => {
  if (head !== undefined) return head
  const reason = commits.size === 0 ? 'has no commits' : 'has no default branch'
  const advice = commits.size === 0 ? 'Commit the project first.' : 'Give a version: a branch, a tag or a commit.'
  throw new SourceError('unknown', `The Git repository '${remote}' ${reason}. ${advice}`)
}
