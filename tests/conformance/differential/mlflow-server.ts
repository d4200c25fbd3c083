import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPythonEnvironment, freePort, waitFor } from '@tidemill/testkit'

/** The server that ours is compared with. */
export const MLFLOW_SERVER_VERSION = '3.17.2'
/** Without compiled bytecode on a busy machine it takes a minute. */
const START_LIMIT_MS = 180_000

export interface MlflowServer extends AsyncDisposable {
  readonly url: string
}

/** The real `mlflow server` on a new SQLite database. Undefined when it is not cached and the package index does not answer. */
export const startMlflowServer = async (): Promise<MlflowServer | undefined> => {
  const environment = await findPythonEnvironment(`mlflow-server-${MLFLOW_SERVER_VERSION}`, [
    `mlflow==${MLFLOW_SERVER_VERSION}`,
  ])
  if (environment === undefined) return undefined
  const directory = await mkdtemp(join(tmpdir(), 'mlflow-server-'))
  const server = await serveMlflow(environment.python, directory, { PYTHONPYCACHEPREFIX: environment.bytecode })
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** `mlflow server` of the given Python, on `mlflow.db` and `artifacts` in the folder. Rejects when it ends at once. */
export const serveMlflow = async (
  python: string,
  directory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<MlflowServer> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    python,
    [
      '-m',
      'mlflow',
      'server',
      '--backend-store-uri',
      `sqlite:///${join(directory, 'mlflow.db')}`,
      '--artifacts-destination',
      join(directory, 'artifacts'),
      '--port',
      String(port),
      '--workers',
      '1',
    ],
    {
      cwd: directory,
      // A group of its own: the server's workers end with it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        ...environment,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        // Periodic tasks of the server only take time from what is compared.
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      },
    },
  )
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-10_000)
  })
  const isHealthy = (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`mlflow server ended with ${child.exitCode}:\n${log}`)
    return fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  }
  await waitFor('mlflow server answers', isHealthy, START_LIMIT_MS)
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.pid === undefined) return
      const exit = once(child, 'exit')
      process.kill(-child.pid, 'SIGTERM')
      await exit
    },
  }
}
