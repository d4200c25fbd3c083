import { randomUUID } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno } from './errno.ts'
import { processStart } from './process-start.ts'

const BEAT_MS = 5_000
/** A lock whose owner cannot be seen from here (another container) is abandoned after this long without a beat. */
const ABANDONED_MS = 60_000
const FIRST_WAIT_MS = 10
const LONGEST_WAIT_MS = 250

interface Owner {
  readonly token: string
  /** Host and PID namespace: only there does `pid` mean something. */
  readonly place: string
  readonly pid: number
  /** Tells a process from a later one with the same pid. */
  readonly startedAt: string
}

/**
 * Takes the lock file `path`, one holder at a time among all processes of the host, and answers its release.
 * The lock of a process that died is taken over. Rejects with the signal's reason when it aborts first.
 */
export const acquireHostLock = async (path: string, signal?: AbortSignal): Promise<AsyncDisposable> => {
  await mkdir(dirname(path), { recursive: true })
  const owner: Owner = {
    token: randomUUID(),
    place: PLACE,
    pid: process.pid,
    startedAt: processStart(process.pid) ?? '',
  }
  for (let wait = FIRST_WAIT_MS; !(await tryCreate(path, owner)); wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    signal?.throwIfAborted()
    if (!(await removeAbandoned(path))) await delay(wait, undefined, signal === undefined ? {} : { signal })
  }
  const beat = setInterval(() => {
    const now = new Date()
    // A missed beat is harmless: ten more fit before the lock counts as abandoned.
    utimes(path, now, now).catch(() => undefined)
  }, BEAT_MS)
  beat.unref()
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(beat)
      if ((await readOwner(path))?.token === owner.token) await rm(path, { force: true })
    },
  }
}

/** `link` creates the file with its content in one step, so nobody ever reads a half-written owner. */
const tryCreate = async (path: string, owner: Owner): Promise<boolean> => {
  const temporary = `${path}.${owner.token}`
  await writeFile(temporary, JSON.stringify(owner))
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Two processes that see the same dead owner must not remove each other's new lock: a second file guards the removal. */
const removeAbandoned = async (path: string): Promise<boolean> => {
  const seen = await readOwner(path)
  if (seen === undefined || !(await isAbandoned(path, seen))) return seen === undefined
  const guard = `${path}.removal`
  try {
    await writeFile(guard, '', { flag: 'wx' })
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
    const age = await ageMs(guard)
    if (age !== undefined && age > ABANDONED_MS) await rm(guard, { force: true })
    return false
  }
  try {
    const current = await readOwner(path)
    if (current?.token === seen.token) await rm(path, { force: true })
    return true
  } finally {
    await rm(guard, { force: true })
  }
}

const isAbandoned = async (path: string, owner: Owner): Promise<boolean> => {
  if (owner.place === PLACE) return processStart(owner.pid) !== owner.startedAt
  const age = await ageMs(path)
  return age !== undefined && age > ABANDONED_MS
}

const ageMs = async (path: string): Promise<number | undefined> => {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

const readOwner = async (path: string): Promise<Owner | undefined> => {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isOwner(value) ? value : UNREADABLE
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    if (error instanceof SyntaxError) return UNREADABLE
    throw error
  }
}

/** What a power cut may leave of a lock: it belongs to nobody and goes by its age. */
const UNREADABLE: Owner = { token: '', place: '', pid: 0, startedAt: '' }

const isOwner = (value: unknown): value is Owner =>
  typeof value === 'object' && value !== null && 'token' in value && 'place' in value && 'pid' in value

const namespace = (): string => (process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : '')
const PLACE = `${hostname()} ${namespace()}`
