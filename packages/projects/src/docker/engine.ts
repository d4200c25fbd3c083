import type Dockerode from 'dockerode'
import { hostVariables } from '../env.ts'
import { ExecutionFailure } from '../execution-failure.ts'

/**
 * A Docker Engine that answers, as DOCKER_HOST or the default socket names it. Throws ExecutionFailure `docker`.
 * Loaded when a docker project runs: the client brings gRPC and ssh with it, 40 MB that an API process never needs.
 */
export const openDocker = async (): Promise<Dockerode> => {
  const { default: Client } = await import('dockerode')
  const docker = new Client()
  try {
    await docker.ping()
    return docker
  } catch (error) {
    throw new ExecutionFailure(
      'infra_failed',
      'docker',
      `No Docker Engine answers at ${engineAddress()}: ${messageOf(error)}. A project with docker_env needs one: ` +
        `start it (systemctl start docker, or Docker Desktop), or name another one with DOCKER_HOST.`,
      { cause: error },
    )
  }
}

/** Where the engine is looked for. */
export const engineAddress = (): string => hostVariables()['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'

/** HTTP status of the engine's answer; undefined when it was no answer. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined

export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  // Connection errors of Node may have an empty message and only a code.
  return error.message || ('code' in error ? String(error.code) : error.name)
}
