import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
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

const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidemill-tests')

/** Installs `mlflow-skinny==<version>` from the package index when it is not cached. Undefined when that fails. */
export const findMlflowClient = async (version: string): Promise<MlflowClient | undefined> => {
  const directory = join(cacheDirectory, `mlflow-skinny-${version}`)
  const python = join(directory, 'bin', 'python')
  if (!existsSync(join(directory, '.complete'))) {
    try {
      await install(directory, version)
    } catch {
      return undefined
    }
  }
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

const install = async (directory: string, version: string): Promise<void> => {
  await mkdir(dirname(directory), { recursive: true })
  await rm(directory, { recursive: true, force: true })
  await run('python3', ['-m', 'venv', directory])
  // Virtual environments do not move, so a marker says that this one is whole.
  await run(join(directory, 'bin', 'pip'), ['install', '--quiet', `mlflow-skinny==${version}`], { timeout: 300_000 })
  await run('touch', [join(directory, '.complete.part')])
  await rename(join(directory, '.complete.part'), join(directory, '.complete'))
}
