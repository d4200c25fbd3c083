import {
  type ArtifactDownloader,
  type AttemptEnd,
  buildCommand,
  type StepExecution,
  type StepObserver,
  type StepPhase,
} from '@tidemill/core'
import type { DockerOptions } from '../docker/docker-policy.ts'
import { ExecutionFailure } from '../execution-failure.ts'
import type { EnvironmentPolicy } from '../launch/process-environment.ts'
import type { FetchProject } from '../source/fetch-project.ts'
import type { AttemptLog } from './attempt-log.ts'
import { resolvePathParameters, type ResolvedParameters } from './path-parameters.ts'
import type { WorkDirectory } from './work-directory.ts'

/** What all attempts of an executor share. */
export interface ExecutorContext {
  readonly dataDirectory: string
  readonly executorId: string
  readonly environmentPolicy: EnvironmentPolicy
  readonly downloader: ArtifactDownloader
  readonly allowsAnyPath: boolean
  readonly docker: DockerOptions
  readonly graceMs: number
  readonly buildTimeoutMs: number
  readonly fetchProject: FetchProject
}

/** One attempt on its way, after the project was fetched. */
export interface AttemptContext extends ExecutorContext {
  readonly execution: StepExecution
  readonly observer: StepObserver
  readonly log: AttemptLog
  readonly signal: AbortSignal
  readonly work: WorkDirectory
  readonly projectDirectory: string
}

/** The observer's answer that the attempt is not to go on. */
export const STOPPED: AttemptEnd = { kind: 'cancelled', code: 'cancelled', reason: 'Cancelled.' }

/** False: stop. */
export const enterPhase = async (observer: StepObserver, phase: StepPhase, signal: AbortSignal): Promise<boolean> => {
  signal.throwIfAborted()
  const goesOn = await observer.onPhase(phase)
  signal.throwIfAborted()
  return goesOn
}

/** The parameters with every `path` on this disk. */
export const resolveParameters = (attempt: AttemptContext): Promise<ResolvedParameters> =>
  resolvePathParameters({
    entryPoint: attempt.execution.entryPoint,
    parameters: attempt.execution.parameters,
    projectDirectory: attempt.projectDirectory,
    workDirectory: attempt.work.path,
    downloader: attempt.downloader,
    allowsAnyPath: attempt.allowsAnyPath,
  })

/** Linux takes no longer single argument (MAX_ARG_STRLEN is 128 KiB), and the command is one. */
const MAX_COMMAND_BYTES = 128 * 1024 - 1

/** The shell text of the command. Throws InvalidParameterValueError, or ExecutionFailure for one that is too long. */
export const toCommand = ({ execution }: AttemptContext, { parameters }: ResolvedParameters): string => {
  const command = buildCommand(execution.entryPoint, parameters)
  const size = Buffer.byteLength(command)
  if (size <= MAX_COMMAND_BYTES && !command.includes('\0')) return command
  throw new ExecutionFailure(
    'rejected',
    'parameters',
    size > MAX_COMMAND_BYTES
      ? `The command with its parameters has ${size} bytes, and the system takes ${MAX_COMMAND_BYTES}. ` +
          `Pass long values in a file.`
      : `The command with its parameters has a NUL character, which no program can be given. Remove it.`,
  )
}
