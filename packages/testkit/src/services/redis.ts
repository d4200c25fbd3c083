import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { freePort } from './postgres.ts'
import { type StartedService, unavailable } from './service.ts'

/** A throwaway Redis: `TIDEMILL_TEST_REDIS_URL`, else `redis-server` of this machine, else a container. */
export const startRedis = async (): Promise<StartedService> => {
  const given = process.env.TIDEMILL_TEST_REDIS_URL
  if (given !== undefined) return { service: { isAvailable: true, url: given }, stop: async () => undefined }
  return (await startRedisServer()) ?? startContainer()
}

/** A `redis-server` process of the test's own, to stop, flush and start again. Undefined when there is none here. */
export const startRedisServer = async (port?: number): Promise<StartedService | undefined> => {
  const directory = await mkdtemp('/tmp/tidemill-redis-')
  const chosen = port ?? (await freePort())
  const server = spawn(
    'redis-server',
    [
      '--port',
      String(chosen),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--dir',
      directory,
      '--maxmemory-policy',
      'noeviction',
    ],
    { stdio: 'ignore' },
  )
  const isSpawned = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.once('spawn', () => resolve(true))
  })
  if (!isSpawned) {
    await rm(directory, { recursive: true, force: true })
    return undefined
  }
  const client = new Redis(chosen, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null })
  client.on('error', () => undefined)
  await client.ping()
  client.disconnect()
  return {
    service: { isAvailable: true, url: `redis://127.0.0.1:${chosen}` },
    stop: async () => {
      if (server.exitCode === null && server.signalCode === null) {
        const exit = once(server, 'exit')
        server.kill('SIGKILL')
        await exit
      }
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const startContainer = async (): Promise<StartedService> => {
  try {
    const { GenericContainer } = await import('testcontainers')
    const container = await new GenericContainer('redis:8-alpine').withExposedPorts(6379).start()
    return {
      service: { isAvailable: true, url: `redis://${container.getHost()}:${container.getMappedPort(6379)}` },
      stop: async () => {
        await container.stop()
      },
    }
  } catch (error) {
    return unavailable(`no redis-server on PATH and no container: ${String(error)}`)
  }
}
