import { type ProjectEnvironment, InvalidProjectError } from '@tidemill/core'
import { isPipOnly, parseCondaEnv } from '../environment-files/conda-env.ts'
import { parsePythonEnv } from '../environment-files/python-env.ts'
import { ExecutionFailure } from '../execution-failure.ts'
import { folderProjectFiles } from '../project-files.ts'

/** What a virtual environment is made of, whichever file says so. */
export interface PythonRequirements {
  /** As written: `3`, `3.11` or `3.11.7`. */
  readonly python?: string
  /** Requirement lines installed first, in a run of their own. */
  readonly buildDependencies: readonly string[]
  readonly dependencies: readonly string[]
}

/** Reads the environment file. Throws ExecutionFailure `environment` for one that no virtual environment can satisfy. */
export const readPythonRequirements = async (
  environment: Exclude<ProjectEnvironment, { kind: 'docker' }>,
  projectDirectory: string,
): Promise<PythonRequirements> => {
  const { file } = environment
  if (file === undefined) return { buildDependencies: [], dependencies: [] }
  try {
    const text = await folderProjectFiles(projectDirectory).read(file)
    if (text === undefined) {
      throw new ExecutionFailure('rejected', 'environment', `The project's environment file '${file}' is not there.`)
    }
    return environment.kind === 'python_env' ? parsePythonEnv(text, file) : fromConda(text, file)
  } catch (error) {
    if (!(error instanceof InvalidProjectError)) throw error
    throw new ExecutionFailure('rejected', 'environment', error.message, { cause: error })
  }
}

const fromConda = (text: string, file: string): PythonRequirements => {
  const conda = parseCondaEnv(text, file)
  if (!isPipOnly(conda)) {
    throw new ExecutionFailure(
      'rejected',
      'environment',
      `'${file}' needs conda, which comes with a later version: ${conda.condaDependencies.join(', ')} cannot be ` +
        `installed with pip as they are. Move them below 'pip:' if PyPI has them, use docker_env, ` +
        `or choose the environment manager 'local' with an environment that you prepared.`,
    )
  }
  return {
    ...(conda.python === undefined ? {} : { python: conda.python }),
    buildDependencies: conda.buildDependencies,
    dependencies: conda.pipDependencies,
  }
}
