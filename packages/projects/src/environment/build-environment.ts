import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isErrno } from '../errno.ts'
import { ExecutionFailure } from '../execution-failure.ts'
import { acquireHostLock } from '../host-lock.ts'
import { runTool, type ToolContext } from '../launch/run-tool.ts'
import type { Uv } from './find-uv.ts'
import type { RequirementLines } from './requirement-lines.ts'

/** All that is needed to build one virtual environment. */
export interface EnvironmentRecipe {
  /** Path of the interpreter, or a version that uv is to find. */
  readonly python: string
  /** Absent: the venv module and pip. */
  readonly uv?: Uv
  readonly buildDependencies: RequirementLines
  readonly dependencies: RequirementLines
  readonly projectDirectory: string
  readonly dataDirectory: string
}

/** Written last: a directory without it is a build that did not end. */
const COMPLETE_MARK = 'tidemill-environment.json'

/** Undefined unless a build of the key was completed on this host. */
export const findBuiltEnvironment = async (dataDirectory: string, key: string): Promise<string | undefined> => {
  const directory = directoryOf(dataDirectory, key)
  const mark = join(directory, COMPLETE_MARK)
  try {
    const now = new Date()
    // The time of the last use, for whoever clears old environments.
    await utimes(mark, now, now)
    await readFile(mark)
    return directory
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/**
 * Builds where the environment will stay, since a virtual environment has its own path in its scripts; the mark makes
 * it count. One build per key at a time on this host. Throws ExecutionFailure with the tool's last lines.
 */
export const buildEnvironment = async (
  recipe: EnvironmentRecipe,
  key: string,
  tool: ToolContext,
  missingInterpreterHint: string | undefined,
): Promise<string> => {
  const directory = directoryOf(recipe.dataDirectory, key)
  await using _lock = await acquireHostLock(`${directory}.lock`, tool.signal)
  const builtMeanwhile = await findBuiltEnvironment(recipe.dataDirectory, key)
  if (builtMeanwhile !== undefined) return builtMeanwhile
  tool.onLine(`Building the Python environment ${key.slice(0, 12)} with ${recipe.python}`)
  await rm(directory, { recursive: true, force: true })
  try {
    await build(recipe, directory, withCaches(recipe.dataDirectory, tool), missingInterpreterHint)
    await writeMark(directory, recipe)
    return directory
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

const build = async (
  recipe: EnvironmentRecipe,
  directory: string,
  tool: ToolContext,
  missingInterpreterHint: string | undefined,
): Promise<void> => {
  const { uv, python, projectDirectory } = recipe
  const create: readonly [string, ...string[]] =
    uv === undefined ? [python, '-m', 'venv'] : [...uv.command, 'venv', '--no-project', '--python', python]
  const created = await runTool(tool, [...create, directory], projectDirectory)
  if (!created.isSuccess) {
    const hint = missingInterpreterHint === undefined ? '' : `\n${missingInterpreterHint}`
    throw failed(`Creating a virtual environment with Python '${python}' failed.`, created.problem + hint)
  }
  await install(recipe, directory, 'build_dependencies', recipe.buildDependencies, tool)
  await install(recipe, directory, 'dependencies', recipe.dependencies, tool)
}

const install = async (
  recipe: EnvironmentRecipe,
  directory: string,
  name: 'build_dependencies' | 'dependencies',
  { lines, constraints, usesProject }: RequirementLines,
  tool: ToolContext,
): Promise<void> => {
  if (lines.length === 0) return
  const file = join(directory, `${name}.txt`)
  const constraintLines = [...constraints.keys()].map((path) => `-c ${path}`)
  await writeFile(file, `${[...lines, ...constraintLines].join('\n')}\n`)
  const python = join(directory, 'bin', 'python')
  const installer: readonly [string, ...string[]] =
    recipe.uv === undefined
      ? [python, '-m', 'pip', 'install']
      : // uv keeps what it built from a folder until the folder's pyproject.toml changes, whatever else does.
        [...recipe.uv.command, 'pip', 'install', '--python', python, ...(usesProject ? ['--refresh'] : [])]
  const installed = await runTool(tool, [...installer, '-r', file], recipe.projectDirectory)
  if (!installed.isSuccess) throw failed(`Installing the project's ${name} failed.`, installed.problem)
}

/** Downloads and built wheels are shared by all environments of the host. */
const withCaches = (dataDirectory: string, tool: ToolContext): ToolContext => {
  const { VIRTUAL_ENV: _virtualEnv, PYTHONHOME: _home, PYTHONPATH: _path, ...variables } = tool.variables
  return {
    ...tool,
    variables: {
      UV_CACHE_DIR: resolve(dataDirectory, 'cache', 'uv'),
      PIP_CACHE_DIR: resolve(dataDirectory, 'cache', 'pip'),
      ...variables,
      NO_COLOR: '1',
      UV_NO_PROGRESS: '1',
      PIP_NO_INPUT: '1',
      PIP_PROGRESS_BAR: 'off',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      GIT_TERMINAL_PROMPT: '0',
    },
  }
}

const writeMark = async (directory: string, recipe: EnvironmentRecipe): Promise<void> => {
  const { python, buildDependencies, dependencies } = recipe
  const content = { python, buildDependencies: buildDependencies.lines, dependencies: dependencies.lines }
  const mark = join(directory, COMPLETE_MARK)
  await mkdir(directory, { recursive: true })
  await writeFile(`${mark}.tmp`, `${JSON.stringify(content, null, 2)}\n`)
  await rename(`${mark}.tmp`, mark)
}

const directoryOf = (dataDirectory: string, key: string): string => resolve(dataDirectory, 'environments', key)

/** Words of uv and pip for an index that they could not talk to: another try may go well. */
const NETWORK_TROUBLE =
  /temporary failure in name resolution|connection (?:refused|reset|timed out|aborted)|network is unreachable|dns error|error sending request|read timed out|failed to establish a new connection|operation timed out/i

const failed = (what: string, problem: string): ExecutionFailure => {
  const isNetwork = NETWORK_TROUBLE.test(problem)
  const advice = isNetwork ? ' The package index could not be reached: check the network of the worker.' : ''
  return new ExecutionFailure(isNetwork ? 'infra_failed' : 'failed', 'environment', `${what}${advice}\n${problem}`)
}
