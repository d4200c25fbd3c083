import { execFile } from 'node:child_process'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type StartedService, unavailable } from './service.ts'

const run = promisify(execFile)
const NOBODY = 65534

/**
 * A throwaway Postgres: `TIDEMILL_TEST_DATABASE_URL`, else the binaries of this machine in a temporary directory,
 * else a container.
 */
export const startPostgres = async (): Promise<StartedService> => {
  const given = process.env.TIDEMILL_TEST_DATABASE_URL
  if (given !== undefined) return { service: { isAvailable: true, url: given }, stop: async () => undefined }
  const binaries = await findBinaries()
  return binaries === undefined ? startContainer() : startFromBinaries(binaries)
}

const findBinaries = async (): Promise<string | undefined> => {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? await readdir(root) : []
  return versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')))
}

const startFromBinaries = async (bin: string): Promise<StartedService> => {
  // Postgres refuses to run as root, so root hands it to nobody.
  const isRoot = process.getuid?.() === 0
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const directory = await mkdtemp('/tmp/tidemill-postgres-')
  if (isRoot) await chown(directory, NOBODY, NOBODY)
  const data = join(directory, 'data')
  const port = await freePort()
  const options = { ...identity, cwd: directory }
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], options)
  await run(
    join(bin, 'pg_ctl'),
    [
      '-D',
      data,
      '-w',
      '-l',
      join(directory, 'log'),
      '-o',
      `-p ${port} -k ${directory} -c listen_addresses=127.0.0.1 -c max_connections=300`,
      'start',
    ],
    options,
  )
  return {
    service: { isAvailable: true, url: `postgresql://postgres@127.0.0.1:${port}/postgres` },
    stop: async () => {
      await run(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop'], options).catch(() => undefined)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const startContainer = async (): Promise<StartedService> => {
  try {
    const { GenericContainer, Wait } = await import('testcontainers')
    const container = await new GenericContainer('postgres:17-alpine')
      .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust' })
      .withExposedPorts(5432)
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      .start()
    return {
      service: {
        isAvailable: true,
        url: `postgresql://postgres@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
      },
      stop: async () => {
        await container.stop()
      },
    }
  } catch (error) {
    return unavailable(`no Postgres binaries in /usr/lib/postgresql and no container: ${String(error)}`)
  }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
