import { createHash } from 'node:crypto'
import { access, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isErrno } from '../errno.ts'
import { acquireHostLock } from '../host-lock.ts'
import { GitError, type RunGit } from './git.ts'
import { unreachable } from './remote-refs.ts'
import { SourceError } from './source-error.ts'

const FETCH_LIMIT_MS = 10 * 60_000
const MAX_MIRROR_BYTES = 2 * 1024 ** 3
const MAX_FILES = 200_000
const MAX_CHECKOUT_BYTES = 2 * 1024 ** 3
const QUOTA_CHECK_MS = 500
const STALE_FILES = ['shallow.lock', 'config.lock', 'HEAD.lock', 'packed-refs.lock']
/** Git's "all of the history", which also completes a mirror that was shallow. */
const WHOLE_HISTORY = '--depth=2147483647'
const FETCH = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head']

/** Bare repositories below a cache directory, one per remote, filled with just the commits that were asked for. */
export interface Mirrors {
  /** The mirror's directory, with the commit and its files in it. Throws SourceError. */
  ensureCommit(remote: string, commit: string, signal?: AbortSignal): Promise<string>
  /** The commit that an abbreviation names in the whole history of the remote. Throws SourceError when unreachable. */
  findByPrefix(remote: string, prefix: string, signal?: AbortSignal): Promise<string | undefined>
}

export const createMirrors = (cacheDirectory: string, git: RunGit): Mirrors => {
  const directoryOf = (remote: string) =>
    resolve(cacheDirectory, 'mirrors', createHash('sha256').update(remote).digest('hex').slice(0, 32))

  /** Called with the lock held: a lock file of Git's own is left from a Git that was killed. */
  const openMirror = async (directory: string): Promise<void> => {
    await mkdir(directory, { recursive: true })
    await Promise.all(STALE_FILES.map((name) => rm(join(directory, name), { force: true })))
    await git(directory, ['init', '--quiet', '--bare', '--template='])
  }

  const fetchWhole = async (directory: string, remote: string, signal?: AbortSignal) =>
    fetchWithinQuota(
      git,
      directory,
      [
        ...FETCH,
        '--prune',
        WHOLE_HISTORY,
        '--',
        remote,
        '+refs/heads/*:refs/remote/heads/*',
        '+refs/tags/*:refs/remote/tags/*',
      ],
      signal,
    )

  const fetchCommit = async (directory: string, remote: string, commit: string, signal?: AbortSignal) => {
    try {
      await fetchWithinQuota(git, directory, [...FETCH, '--depth=1', '--', remote, commit], signal)
    } catch (error) {
      // Some servers hand out only the tips of refs: the history then has the commit, or nothing has.
      const isRefused = error instanceof GitError && /not our ref|unadvertised object|couldn't find/.test(error.message)
      if (!isRefused) throw error
      await fetchWhole(directory, remote, signal)
    }
  }

  return {
    async ensureCommit(remote, commit, signal) {
      const directory = directoryOf(remote)
      const mark = join(directory, 'refs', 'tidemill', commit)
      if (await exists(mark)) return directory
      await using _lock = await acquireHostLock(`${directory}.lock`, signal)
      if (await exists(mark)) return directory
      try {
        await openMirror(directory)
        await fetchCommit(directory, remote, commit, signal)
        await checkSize(git, directory, remote, commit)
        await git(directory, ['update-ref', `refs/tidemill/${commit}`, commit])
        return directory
      } catch (error) {
        throw await toSourceError(error, directory, remote, commit)
      }
    },

    async findByPrefix(remote, prefix, signal) {
      const directory = directoryOf(remote)
      await using _lock = await acquireHostLock(`${directory}.lock`, signal)
      try {
        await openMirror(directory)
        await fetchWhole(directory, remote, signal)
      } catch (error) {
        throw await toSourceError(error, directory, remote, prefix)
      }
      try {
        const found = await git(directory, [
          'rev-parse',
          '--verify',
          '--quiet',
          '--end-of-options',
          `${prefix}^{commit}`,
        ])
        return found.trim()
      } catch (error) {
        if (error instanceof GitError && error.problem === 'exit') return undefined
        throw error
      }
    },
  }
}

const ABSENT_COMMIT =
  /not our ref|unadvertised object|couldn't find|bad object|not a (?:commit|tree)|unable to read tree/i

const toSourceError = async (error: unknown, directory: string, remote: string, commit: string): Promise<unknown> => {
  if (error instanceof SourceError) {
    // A repository above the limits must not keep the disk that it took.
    if (error.problem === 'limit') await rm(directory, { recursive: true, force: true })
    return error
  }
  if (!(error instanceof GitError)) return error
  if (ABSENT_COMMIT.test(error.message)) {
    return new SourceError(
      'unknown',
      `The Git repository '${remote}' has no commit ${commit}. It may have been removed.`,
    )
  }
  return unreachable(remote, error)
}

/** Git has no limit of its own for a fetch, so the growing mirror is measured. */
const fetchWithinQuota = async (git: RunGit, directory: string, args: readonly string[], signal?: AbortSignal) => {
  const stop = new AbortController()
  const watch = setInterval(() => {
    packBytes(directory).then(
      (bytes) => bytes > MAX_MIRROR_BYTES && stop.abort(),
      (error: unknown) => stop.abort(error),
    )
  }, QUOTA_CHECK_MS)
  try {
    const signals = signal === undefined ? [stop.signal] : [stop.signal, signal]
    await git(directory, args, { limitMs: FETCH_LIMIT_MS, signal: AbortSignal.any(signals) })
  } catch (error) {
    if (!stop.signal.aborted) throw error
    throw new SourceError('limit', `The repository is larger than ${MAX_MIRROR_BYTES} bytes. Make it smaller.`)
  } finally {
    clearInterval(watch)
  }
}

const packBytes = async (directory: string): Promise<number> => {
  const packs = join(directory, 'objects', 'pack')
  const sizes = await Promise.all(
    (await readdir(packs)).map(async (name) => {
      try {
        return (await stat(join(packs, name))).size
      } catch (error) {
        // Git renames its temporary packs.
        if (isErrno(error, 'ENOENT')) return 0
        throw error
      }
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** A few kilobytes of Git objects can name billions of files, so the tree is measured before anything is checked out. */
const checkSize = async (git: RunGit, directory: string, remote: string, commit: string): Promise<void> => {
  const listing = await listTree(git, directory, remote, commit)
  const entries = listing.split('\0')
  const bytes = entries.reduce((sum, entry) => sum + (Number(/^\S+ \S+ \S+ +(\d+)\t/.exec(entry)?.[1]) || 0), 0)
  if (entries.length <= MAX_FILES && bytes <= MAX_CHECKOUT_BYTES) return
  throw new SourceError(
    'limit',
    `The project at ${commit} of '${remote}' has ${entries.length} files of ${bytes} bytes together; ` +
      `at most ${MAX_FILES} files and ${MAX_CHECKOUT_BYTES} bytes are allowed.`,
  )
}

const listTree = async (git: RunGit, directory: string, remote: string, commit: string): Promise<string> => {
  try {
    return await git(directory, ['ls-tree', '-r', '-z', '--long', commit])
  } catch (error) {
    if (!(error instanceof GitError) || error.problem !== 'output') throw error
    throw new SourceError('limit', `The project at ${commit} of '${remote}' has more than ${MAX_FILES} files.`)
  }
}

const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}
