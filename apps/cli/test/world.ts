import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CommandResult, runTidemill, startTidemill, type TidemillProcess } from '@tidemill/testkit'

/** A home of the test's own for the command: its data directory, no server, no settings of this shell. */
export interface World extends AsyncDisposable {
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  tidemill(args: readonly string[], cwd?: string): Promise<CommandResult>
  start(args: readonly string[]): Promise<TidemillProcess>
  /** Writes a project's files and answers its folder. */
  project(name: string, files: Readonly<Record<string, string>>): Promise<string>
}

const UNSET = [
  'TIDEMILL_TRACKING_URI',
  'MLFLOW_TRACKING_URI',
  'MLFLOW_EXPERIMENT_NAME',
  'MLFLOW_EXPERIMENT_ID',
  'TIDEMILL_BACKEND_STORE_URI',
  'MLFLOW_BACKEND_STORE_URI',
  'DATABASE_URL',
  'TIDEMILL_REDIS_URL',
  'REDIS_URL',
]

export const createWorld = async (): Promise<World> => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-cli-'))
  const environment = {
    ...Object.fromEntries(UNSET.map((name) => [name, ''])),
    TIDEMILL_DATA_DIR: join(directory, 'data'),
  }
  return {
    directory,
    environment,
    tidemill: (args, cwd = directory) => runTidemill(args, { environment, cwd }),
    start: (args) => startTidemill(args, environment),
    project: async (name, files) => {
      for (const [path, text] of Object.entries(files)) {
        const file = join(directory, name, path)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
      }
      return join(directory, name)
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  }
}
