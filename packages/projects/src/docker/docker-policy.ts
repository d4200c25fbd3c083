import type { ProjectEnvironment } from '@tidemill/core'
import { hostVariables } from '../env.ts'
import { ExecutionFailure } from '../execution-failure.ts'

/** How containers run, and what a project may take from the host. */
export interface DockerOptions {
  /** `uid:gid` of the command. @default '65532:65532' */
  readonly user?: string
  /** @default no limit of its own */
  readonly memoryBytes?: number
  /** @default no limit of its own */
  readonly cpus?: number
  /** A network of the engine. @default a bridge of Tidemill's own */
  readonly network?: string
  /** Variables of the host that `docker_env.environment` may copy by name. @default none */
  readonly allowedVariables?: readonly string[] | 'all'
  /** Entries that `docker_env.volumes` may have, exactly as written. @default none */
  readonly allowedVolumes?: readonly string[] | 'all'
}

export const DEFAULT_USER = '65532:65532'

type DockerEnvironment = Extract<ProjectEnvironment, { kind: 'docker' }>

/** Both lists come straight from the repository: what reaches into the host is refused unless it was allowed. */
export const checkDockerPolicy = (environment: DockerEnvironment, options: DockerOptions): void => {
  const volume = environment.volumes.find((entry) => !isAllowed(entry, options.allowedVolumes))
  if (volume !== undefined) {
    throw refused(
      `The project mounts '${volume}' of the worker (docker_env.volumes), which this worker does not allow. ` +
        `Remove it from the MLproject file, or let the worker's operator allow it.`,
    )
  }
  const variable = environment.variables.find(
    (entry) => typeof entry === 'string' && !isAllowed(entry, options.allowedVariables),
  )
  if (variable !== undefined) {
    throw refused(
      `The project copies the variable '${variable.toString()}' of the worker (docker_env.environment), ` +
        `which this worker does not allow. Give a value, as in ["${variable.toString()}", "value"], ` +
        `or let the worker's operator allow it.`,
    )
  }
}

/** `docker_env.environment` as values. Throws ExecutionFailure for a variable that is not set on the host. */
export const dockerVariables = (environment: DockerEnvironment): Record<string, string> => {
  const copied = environment.variables.filter((entry) => typeof entry === 'string')
  const missing = copied.filter((name) => hostVariables()[name] === undefined)
  if (missing.length > 0) {
    throw new ExecutionFailure(
      'rejected',
      'environment',
      `This project expects the ${copied.join(', ')} environment variables to be set on the machine running the ` +
        `project, but ${missing.join(', ')} was not set. Please ensure all expected environment variables are set.`,
    )
  }
  return Object.fromEntries(
    environment.variables.map((entry) => (typeof entry === 'string' ? [entry, hostVariables()[entry] ?? ''] : entry)),
  )
}

const isAllowed = (entry: string, allowed: readonly string[] | 'all' | undefined): boolean =>
  allowed === 'all' || (allowed?.includes(entry) ?? false)

const refused = (reason: string): ExecutionFailure => new ExecutionFailure('rejected', 'policy', reason)
