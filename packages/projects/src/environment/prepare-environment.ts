import type { EnvironmentManager, ProjectEnvironment } from '@tidemill/core'
import { ExecutionFailure } from '../execution-failure.ts'
import type { ToolContext } from '../launch/run-tool.ts'
import { buildEnvironment, type EnvironmentRecipe, findBuiltEnvironment } from './build-environment.ts'
import { environmentKey } from './environment-key.ts'
import { findUv } from './find-uv.ts'
import { findInterpreter, listInterpreters } from './interpreters.ts'
import { readPythonRequirements } from './python-requirements.ts'
import { expandRequirements } from './requirement-lines.ts'

export interface EnvironmentRequest {
  readonly environment: Exclude<ProjectEnvironment, { kind: 'docker' }>
  /** Absent: uv where it is found, else virtualenv. */
  readonly manager?: EnvironmentManager
  readonly projectDirectory: string
  /** Environments, their locks and the installers' caches live below it. */
  readonly dataDirectory: string
  readonly tool: ToolContext
}

export interface PreparedEnvironment {
  /** The value of the tag `mlflow.project.env`. */
  readonly manager: 'uv' | 'virtualenv'
  /** A virtual environment: `bin/python` is below it. */
  readonly directory: string
}

/**
 * The virtual environment of a project, built unless this host has it. Undefined for the manager `local`. Throws
 * ExecutionFailure `environment`, or the reason of `tool.signal`.
 */
export const prepareEnvironment = async (request: EnvironmentRequest): Promise<PreparedEnvironment | undefined> => {
  const { environment, manager: wanted, projectDirectory, dataDirectory, tool } = request
  if (wanted === 'local') return undefined
  if (wanted === 'conda' && environment.kind === 'python_env') {
    throw refused(
      `python_env project cannot be executed using conda. ` +
        `Set the environment manager to 'uv', 'virtualenv' or 'local' to execute this project.`,
    )
  }
  const requirements = await readPythonRequirements(environment, projectDirectory)
  const uv = wanted === 'virtualenv' ? undefined : await findUv()
  if (wanted === 'uv' && uv === undefined) {
    throw refused(
      `The environment manager 'uv' was chosen, but uv is not on this worker. Install it (pip install uv), ` +
        `name it with TIDEMILL_UV, or choose 'virtualenv'.`,
    )
  }
  const manager = uv === undefined ? 'virtualenv' : 'uv'
  const interpreter = await findInterpreter(requirements.python)
  // uv may be able to fetch a Python that is not here; the venv module needs one.
  if (interpreter === undefined && uv === undefined) throw await noInterpreter(requirements.python)
  const [buildDependencies, dependencies] = await Promise.all([
    expandRequirements(requirements.buildDependencies, projectDirectory),
    expandRequirements(requirements.dependencies, projectDirectory),
  ])
  const recipe: EnvironmentRecipe = {
    python: interpreter?.path ?? requirements.python ?? '3',
    ...(uv === undefined ? {} : { uv }),
    buildDependencies,
    dependencies,
    projectDirectory,
    dataDirectory,
  }
  const key = await environmentKey(recipe, interpreter?.version)
  const directory =
    (await findBuiltEnvironment(dataDirectory, key)) ??
    (await buildEnvironment(recipe, key, tool, interpreter === undefined ? await missingHint() : undefined))
  return { manager, directory }
}

const noInterpreter = async (version: string | undefined): Promise<ExecutionFailure> =>
  refused(`Python ${version ?? '3'} is not on this worker. ${await missingHint()}`)

const missingHint = async (): Promise<string> => {
  const versions = (await listInterpreters()).map((interpreter) => interpreter.version)
  const found = versions.length === 0 ? 'none' : [...new Set(versions)].join(', ')
  return (
    `Found here: ${found}. Install the wanted version (pyenv, or as pythonX.Y on PATH), ` +
    `or name one of these in the environment file.`
  )
}

const refused = (reason: string): ExecutionFailure => new ExecutionFailure('rejected', 'environment', reason)
