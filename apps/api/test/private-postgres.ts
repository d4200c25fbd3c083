import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@tidemill/testkit'

const run = promisify(execFile)
const NOBODY = 65534
const START_LIMIT_MS = 20_000

export interface PrivatePostgres extends AsyncDisposable {
  readonly uri: string
  /** SIGKILL: no goodbye to clients, a recovery at the next start. */
  kill(): Promise<void>
  /** Resolves when it takes connections. */
  start(): Promise<void>
}

/** Folder of this machine's Postgres programs; undefined without one. */
export const findPostgresBinaries = (): string | undefined => {
  const root = '/usr/lib/postgresql'
  return (existsSync(root) ? readdirSync(root) : [])
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')))
}

/** A Postgres that one test may kill. Throws when the machine has none. */
export const startPrivatePostgres = async (): Promise<PrivatePostgres> => {
  const binaries = findPostgresBinaries()
  if (binaries === undefined) throw new Error('No Postgres is installed on this machine')
  // Postgres refuses to run as root, so root hands it to nobody.
  const isRoot = process.getuid?.() === 0
  const directory = await mkdtemp('/tmp/tidemill-api-postgres-')
  if (isRoot) await chown(directory, NOBODY, NOBODY)
  const options = { cwd: directory, ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}) }
  const data = join(directory, 'data')
  const port = await freePort()
  await run(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], options)
  let server: ChildProcess | undefined

  const isReady = (): Promise<boolean> =>
    run(join(binaries, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).then(
      () => true,
      () => false,
    )
  const launch = (): ChildProcess =>
    spawn(
      join(binaries, 'postgres'),
      ['-D', data, '-p', String(port), '-k', directory, '-c', 'listen_addresses=127.0.0.1'],
      { ...options, stdio: 'ignore' },
    )
  const start = async (): Promise<void> => {
    const deadline = performance.now() + START_LIMIT_MS
    do {
      // It ends at once while processes of the killed one still hold the shared memory.
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) server = launch()
      if (await isReady()) return
    } while (performance.now() < deadline)
    throw new Error(`Postgres on port ${port} does not take connections`)
  }
  const kill = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }

  await start()
  return {
    uri: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill()
      await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}
