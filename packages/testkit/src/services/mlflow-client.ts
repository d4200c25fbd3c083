import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** An unmodified MLflow client in a virtual environment of its own, cached between runs of the tests. */
export interface MlflowClient {
  readonly version: string
  readonly python: string
  /** Runs a Python script with the arguments against the server; answers what it printed. Rejects when it fails. */
  runScript(script: string, args: readonly string[], trackingUri: string): Promise<string>
}

/** Tools that tests download or build once. */
export const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidemill-tests')

/** Installs `mlflow-skinny==<version>` from the package index when it is not cached. Undefined when that fails. */
export const findMlflowClient = async (version: string): Promise<MlflowClient | undefined> => {
  const directory = await installPackages(`mlflow-skinny-${version}`, [`mlflow-skinny==${version}`])
  if (directory === undefined) return undefined
  const python = join(directory, 'bin', 'python')
  return {
    version,
    python,
    runScript: async (script, args, trackingUri) => {
      const { stdout } = await run(python, [script, ...args], {
        env: {
          ...process.env,
          MLFLOW_TRACKING_URI: trackingUri,
          MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
          GIT_PYTHON_REFRESH: 'quiet',
        },
        timeout: 120_000,
        maxBuffer: 16 * 1024 * 1024,
      })
      return stdout
    },
  }
}

/**
 * A virtual environment with the packages, kept under the name between runs of the tests; answers its directory.
 * Undefined when the package index does not answer.
 */
export const installPackages = async (name: string, packages: readonly string[]): Promise<string | undefined> => {
  const directory = join(cacheDirectory, name)
  // Virtual environments do not move, so a mark says that this one is whole.
  const mark = join(directory, '.complete')
  if (existsSync(mark)) return directory
  try {
    await mkdir(dirname(directory), { recursive: true })
    await rm(directory, { recursive: true, force: true })
    await run('python3', ['-m', 'venv', directory])
    await run(join(directory, 'bin', 'pip'), ['install', '--quiet', ...packages], { timeout: 300_000 })
    await writeFile(mark, '')
    return directory
  } catch {
    return undefined
  }
}
