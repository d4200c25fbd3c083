import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Dockerode from 'dockerode'
import { type Service, type StartedService, unavailable } from './service.ts'

const START_LIMIT_MS = 30_000
const POLL_MS = 100

/** The Docker Engine that `DOCKER_HOST` or the default socket names. */
export const findDocker = async (): Promise<Service> => {
  const problem = await ping(new Dockerode())
  return problem === undefined
    ? { isAvailable: true, url: process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock' }
    : { isAvailable: false, reason: `no Docker Engine answers: ${problem}` }
}

/**
 * A Docker Engine for one test file: the one that is there, else, for root, a `dockerd` of the test's own with its own
 * socket and data. The file sets `DOCKER_HOST` to the URL.
 */
export const startDocker = async (): Promise<StartedService> => {
  const service = await findDocker()
  if (service.isAvailable) return { service, stop: async () => undefined }
  if (process.getuid?.() !== 0) return unavailable(`${service.reason}; only root may start one`)
  return startEngine()
}

const startEngine = async (): Promise<StartedService> => {
  const directory = await mkdtemp('/tmp/tidemill-docker-')
  const socket = join(directory, 'docker.sock')
  const log = join(directory, 'log')
  const engine = spawn(
    'bash',
    // The log goes to a file: nobody reads a pipe of a daemon that outlives a test file.
    ['-c', 'exec dockerd "$@" >"$0" 2>&1', log, ...engineArguments(directory, socket)],
    { stdio: 'ignore' },
  )
  const stop = async () => {
    if (engine.exitCode === null && engine.signalCode === null) {
      const exit = once(engine, 'exit')
      engine.kill('SIGTERM')
      await exit
    }
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  const docker = new Dockerode({ socketPath: socket })
  const start = performance.now()
  for (let problem = await ping(docker); problem !== undefined; problem = await ping(docker)) {
    if (engine.exitCode !== null || performance.now() - start > START_LIMIT_MS) {
      const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n')
      await stop()
      return unavailable(`dockerd does not start here: ${lines.at(-1)}`)
    }
    await delay(POLL_MS)
  }
  return { service: { isAvailable: true, url: `unix://${socket}` }, stop }
}

const engineArguments = (directory: string, socket: string): string[] => [
  '--host',
  `unix://${socket}`,
  '--data-root',
  join(directory, 'data'),
  '--exec-root',
  join(directory, 'exec'),
  '--pidfile',
  join(directory, 'pid'),
]

/** Undefined when the engine answers. */
const ping = async (docker: Dockerode): Promise<string | undefined> => {
  try {
    await docker.ping()
    return undefined
  } catch (error) {
    return String(error)
  }
}
