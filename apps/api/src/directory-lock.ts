import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ResourceConflictError } from '@tidemill/core'
import { processStart } from '@tidemill/projects'

/** Says who holds a data directory. */
const LOCK_FILE = 'tidemill.lock'

interface LockContent {
  readonly pid: number
  /** Absent until the server listens. */
  readonly url?: string
  /** When the process started, in the kernel's own count: a reused pid has another. */
  readonly started: string
}

/** What is locked: the file that says so, and how a refusal calls it. */
interface Locked {
  readonly file: string
  readonly name: string
  readonly option: string
}

export interface DirectoryLock extends AsyncDisposable {
  /** Tells other commands where the server of this directory listens. */
  publishUrl(url: string): Promise<void>
}

/** Takes the data directory for this process, making it when absent. Throws ResourceConflictError naming the holder. */
export const acquireDirectoryLock = (directory: string): Promise<DirectoryLock> =>
  acquireLock({ file: join(directory, LOCK_FILE), name: `data directory '${directory}'`, option: '--data-dir' })

/**
 * Takes an embedded store for this process by a file beside its directory, `pg.lock`: two processes must never open
 * one. Throws ResourceConflictError naming the holder.
 */
export const acquireStoreLock = (directory: string): Promise<DirectoryLock> =>
  acquireLock({
    file: join(dirname(directory), `${basename(directory)}.lock`),
    name: `embedded store '${directory}'`,
    option: '--backend-store-uri',
  })

const acquireLock = async (locked: Locked): Promise<DirectoryLock> => {
  const { file } = locked
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const own: LockContent = { pid: process.pid, started: processStart(process.pid) ?? '' }
  if (!(await writeNew(file, own))) {
    const holder = await findHolder(file)
    if (holder !== undefined) throw heldBy(locked, holder)
    await removeStale(locked)
    if (!(await writeNew(file, own))) throw heldBy(locked, await findHolder(file))
  }
  return {
    publishUrl: async (url) => {
      const aside = `${file}.new-${process.pid}`
      await writeFile(aside, JSON.stringify({ ...own, url }))
      await rename(aside, file)
    },
    [Symbol.asyncDispose]: async () => {
      const content = await readLock(file)
      if (content?.pid === own.pid && content.started === own.started) await rm(file, { force: true })
    },
  }
}

/** The live server of a data directory, once it listens. */
export const findRunningServer = async (directory: string): Promise<{ url: string; pid: number } | undefined> => {
  const holder = await findHolder(join(directory, LOCK_FILE))
  return holder?.url === undefined ? undefined : { url: holder.url, pid: holder.pid }
}

const heldBy = ({ name, option }: Locked, holder: LockContent | undefined): ResourceConflictError => {
  const who = holder === undefined ? 'another process' : `process ${holder.pid}`
  const where = holder?.url === undefined ? '' : ` at ${holder.url}`
  return new ResourceConflictError(
    `The ${name} is in use by ${who}${where}. Use that server, stop it, or choose another ${option}.`,
  )
}

/** False when the file exists. */
const writeNew = async (file: string, content: LockContent): Promise<boolean> => {
  // Written aside and linked: whoever sees the lock sees all of it, and takes none for cut short that is being written.
  const aside = `${file}.new-${randomUUID()}`
  try {
    await writeFile(aside, JSON.stringify(content), { mode: 0o600, flush: true })
    await link(aside, file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

/** Another process may have found it stale too and hold it by now: what was moved away is looked at before it is gone. */
const removeStale = async (locked: Locked): Promise<void> => {
  const { file } = locked
  const stale = `${file}.stale-${randomUUID()}`
  await rename(file, stale).catch(() => undefined)
  const holder = await findHolder(stale)
  if (holder !== undefined) await link(stale, file).catch(() => undefined)
  await rm(stale, { force: true })
  if (holder !== undefined) throw heldBy(locked, holder)
}

const findHolder = async (file: string): Promise<LockContent | undefined> => {
  const content = await readLock(file)
  return content !== undefined && processStart(content.pid) === content.started ? content : undefined
}

const readLock = async (file: string): Promise<LockContent | undefined> => {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isLockContent(content) ? content : undefined
  } catch (error) {
    // Absent, or cut short by a crash while it was written.
    if (error instanceof SyntaxError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

const isLockContent = (content: unknown): content is LockContent =>
  typeof content === 'object' &&
  content !== null &&
  'pid' in content &&
  Number.isSafeInteger(content.pid) &&
  'started' in content &&
  typeof content.started === 'string' &&
  (!('url' in content) || typeof content.url === 'string')
