import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ResourceConflictError } from '@tidemill/core'
import { processStart } from '@tidemill/projects'
import { z } from 'zod'

/** Says who holds a data directory: two processes must never open one embedded store. */
const LOCK_FILE = 'tidemill.lock'

const LockContent = z.object({
  pid: z.number().int().positive(),
  /** Absent until the server listens. */
  url: z.string().optional(),
  /** When the process started, in the kernel's own count: a reused pid has another. */
  started: z.string(),
})
type LockContent = z.infer<typeof LockContent>

export interface DirectoryLock extends AsyncDisposable {
  /** Tells other commands where the server of this directory listens. */
  publishUrl(url: string): Promise<void>
}

/** Takes the data directory for this process, making it when absent. Throws ResourceConflictError naming the holder. */
export const acquireDirectoryLock = async (directory: string): Promise<DirectoryLock> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, LOCK_FILE)
  const own: LockContent = { pid: process.pid, started: processStart(process.pid) ?? '' }
  if (!(await writeNew(file, own))) {
    const holder = await findHolder(file)
    if (holder !== undefined) throw heldBy(directory, holder)
    await removeStale(directory, file)
    if (!(await writeNew(file, own))) throw heldBy(directory, await findHolder(file))
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

const heldBy = (directory: string, holder: LockContent | undefined): ResourceConflictError => {
  const who = holder === undefined ? 'another process' : `process ${holder.pid}`
  const where = holder?.url === undefined ? '' : ` at ${holder.url}`
  return new ResourceConflictError(
    `The data directory '${directory}' is in use by ${who}${where}. Use that server, stop it, or choose another --data-dir.`,
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
const removeStale = async (directory: string, file: string): Promise<void> => {
  const stale = `${file}.stale-${randomUUID()}`
  await rename(file, stale).catch(() => undefined)
  const holder = await findHolder(stale)
  if (holder !== undefined) await link(stale, file).catch(() => undefined)
  await rm(stale, { force: true })
  if (holder !== undefined) throw heldBy(directory, holder)
}

const findHolder = async (file: string): Promise<LockContent | undefined> => {
  const content = await readLock(file)
  return content !== undefined && processStart(content.pid) === content.started ? content : undefined
}

const readLock = async (file: string): Promise<LockContent | undefined> => {
  try {
    return LockContent.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    // Absent, or cut short by a crash while it was written.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
