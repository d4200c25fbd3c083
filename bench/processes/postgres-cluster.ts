import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '@tidemill/testkit'
import pg from 'pg'
import { endGroupWithUs } from './process-group.ts'
import { openTemporaryDirectory } from './temporary-directory.ts'

const run = promisify(execFile)
const NOBODY = 65534
const START_LIMIT_MS = 30_000
const RETRY_MS = 20
/** MLflow's workers take more connections than the 100 that Postgres allows on its own. */
const SETTINGS = ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=300']

/** A throwaway cluster with Postgres's own settings (fsync on), but for its number of connections, all contenders' databases in it. */
export interface PostgresCluster extends AsyncDisposable {
  /** The postmaster; it changes with a restart. */
  readonly pid: number
  readonly version: string
  /** Makes an empty database and answers its URL. */
  createDatabase(name: string): Promise<string>
  /** SIGKILL: no goodbye to clients, a recovery at the next start. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** Throws when this machine has no Postgres programs. */
export const startPostgresCluster = async (): Promise<PostgresCluster> => {
  const binaries = findBinaries()
  if (binaries === undefined) throw new Error('The benchmarks need Postgres: /usr/lib/postgresql/<version>/bin')
  // Postgres refuses to run as root, so root hands it to nobody.
  const isRoot = process.getuid?.() === 0
  const temporary = await openTemporaryDirectory('tidemill-bench-postgres-')
  const directory = temporary.path
  if (isRoot) await chown(directory, NOBODY, NOBODY)
  const options = { cwd: directory, ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}) }
  const data = join(directory, 'data')
  const port = await freePort()
  await run(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'], options)
  const url = (database: string): string => `postgresql://postgres@127.0.0.1:${port}/${database}`
  let server: ChildProcess | undefined

  const isEnded = (): boolean => server === undefined || server.exitCode !== null || server.signalCode !== null
  const start = async (): Promise<void> => {
    const deadline = performance.now() + START_LIMIT_MS
    do {
      // It ends at once while processes of the killed one still hold the shared memory.
      if (isEnded()) {
        server = spawn(join(binaries, 'postgres'), ['-D', data, '-p', String(port), '-k', directory, ...SETTINGS], {
          ...options,
          stdio: 'ignore',
          detached: true,
        })
        endGroupWithUs(server, 'SIGKILL')
      }
      if (await canConnect(url('postgres'))) return
      await delay(RETRY_MS)
    } while (performance.now() < deadline)
    throw new Error(`Postgres on port ${port} does not take connections`)
  }
  const end = async (signal: 'SIGKILL' | 'SIGINT'): Promise<void> => {
    if (server === undefined || isEnded()) return
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
  }

  await start()
  const { stdout } = await run(join(binaries, 'postgres'), ['--version'])
  return {
    get pid() {
      return server?.pid ?? 0
    },
    version: stdout.trim().replace(/^postgres \(PostgreSQL\) (\S+).*/, '$1'),
    createDatabase: async (name) => {
      await queryOnce(url('postgres'), `create database ${name}`)
      return url(name)
    },
    kill: () => end('SIGKILL'),
    start,
    [Symbol.asyncDispose]: async () => {
      await end('SIGINT')
      await temporary[Symbol.asyncDispose]()
    },
  }
}

/** Runs statements over a connection of their own; answers the rows of the last one. */
export const queryOnce = async (url: string, text: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const results: pg.QueryResult | pg.QueryResult[] = await client.query(text)
    return [results].flat().at(-1)?.rows ?? []
  } finally {
    await client.end()
  }
}

const canConnect = async (url: string): Promise<boolean> =>
  queryOnce(url, 'select 1').then(
    () => true,
    () => false,
  )

const findBinaries = (): string | undefined => {
  const root = '/usr/lib/postgresql'
  return (existsSync(root) ? readdirSync(root) : [])
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')))
}
