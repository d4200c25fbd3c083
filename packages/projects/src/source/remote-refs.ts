import { findNearestName } from '@tidemill/core'
import { GitError, type RunGit } from './git.ts'
import { SourceError } from './source-error.ts'

/** What `git ls-remote` tells of a remote. */
export interface RemoteRefs {
  /** Absent in an empty repository. */
  readonly head?: string
  /** Full ref name to the commit behind it: annotated tags are peeled. */
  readonly commits: ReadonlyMap<string, string>
}

/** Where a version points. `branch` when it names one. */
export interface ResolvedVersion {
  readonly commit: string
  readonly branch?: string
}

const FULL_SHA = /^[0-9a-f]{40}$/
const SHORT_SHA = /^[0-9a-f]{4,39}$/

/** Throws SourceError `unreachable` with Git's last lines. */
export const listRemoteRefs = async (git: RunGit, directory: string, remote: string): Promise<RemoteRefs> => {
  try {
    return parseRefs(await git(directory, ['ls-remote', '--', remote]))
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    throw unreachable(remote, error)
  }
}

/** The error of a remote that Git could not talk to. */
export const unreachable = (remote: string, error: GitError): SourceError =>
  new SourceError(
    'unreachable',
    `Cannot read the Git repository '${remote}'. Git said: ${error.message}. ` +
      `Check the URI, that the host can be reached from here, and that it may be read without a password.`,
    { cause: error },
  )

const parseRefs = (output: string): RemoteRefs => {
  const commits = new Map<string, string>()
  for (const line of output.split('\n')) {
    const [commit, name] = line.split('\t')
    if (commit === undefined || name === undefined || !FULL_SHA.test(commit)) continue
    // `<tag>^{}` follows the annotated tag and replaces the tag object by its commit.
    commits.set(name.replace(/\^\{\}$/, ''), commit)
  }
  const head = commits.get('HEAD')
  return { ...(head === undefined ? {} : { head }), commits }
}

/** Branch, then tag, then full ref name, then full SHA. Undefined: the refs do not say. */
export const findVersion = (refs: RemoteRefs, version: string): ResolvedVersion | undefined => {
  const branch = refs.commits.get(`refs/heads/${version}`)
  if (branch !== undefined) return { commit: branch, branch: version }
  const tag =
    refs.commits.get(`refs/tags/${version}`) ?? (version.includes('/') ? refs.commits.get(version) : undefined)
  if (tag !== undefined) return { commit: tag }
  const sha = version.toLowerCase()
  return FULL_SHA.test(sha) ? { commit: sha } : undefined
}

export const isShortSha = (version: string): boolean => SHORT_SHA.test(version.toLowerCase())

/** The one commit among the refs that the short SHA abbreviates, if there is exactly one. */
export const findTipByPrefix = (refs: RemoteRefs, prefix: string): string | undefined => {
  const matches = new Set([...refs.commits.values()].filter((commit) => commit.startsWith(prefix.toLowerCase())))
  return matches.size === 1 ? [...matches][0] : undefined
}

/** Names the branches and tags that look most like the one that is not there. */
export const unknownVersion = (remote: string, version: string, refs: RemoteRefs): SourceError => {
  const names = [...refs.commits.keys()].flatMap((ref) => /^refs\/(?:heads|tags)\/(.+)$/.exec(ref)?.[1] ?? [])
  const near = nearNames(version, names)
  const hint = near.length === 0 ? 'It has no branches or tags.' : `Near: ${near.join(', ')}.`
  return new SourceError(
    'unknown',
    `The Git repository '${remote}' has no branch, tag or commit '${version}'. ${hint} ` +
      `Give one of its branches or tags, or a commit that one of them contains.`,
  )
}

const MAX_NEAR_NAMES = 5

/** The likely slip of the keyboard, then names that contain the other, then the first ones. */
const nearNames = (wanted: string, names: readonly string[]): string[] => {
  const nearest = findNearestName(wanted, names)
  const related = names.filter((name) => name.includes(wanted) || wanted.includes(name))
  const ordered = new Set([...(nearest === undefined ? [] : [nearest]), ...related, ...names])
  return [...ordered].slice(0, MAX_NEAR_NAMES)
}
