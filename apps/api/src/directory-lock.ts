import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ResourceConflictError } from '@tidemill/core'
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
  const own: LockContent = { pid: process.pid, started: await startTimeOf(process.pid) }
  if (!(await writeNew(file, own))) {
    const holder = await findHolder(file)
    if (holder !== undefined) throw heldBy(directory, holder)
    // Moved away first: of two processes that both find it stale, one rename fails.
    const stale = `${file}.stale-${process.pid}`
    await rename(file, stale).catch(() => undefined)
    await rm(stale, { force: true })
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
  try {
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(JSON.stringify(content))
      await handle.sync()
    } finally {
      await handle.close()
    }
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

const findHolder = async (file: string): Promise<LockContent | undefined> => {
  const content = await readLock(file)
  if (content === undefined || !isAlive(content.pid)) return undefined
  return (await startTimeOf(content.pid)) === content.started ? content : undefined
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

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot. Where there is no /proc only the pid is compared. */
const startTimeOf = async (pid: number): Promise<string> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may itself have spaces and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
