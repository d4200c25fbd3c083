import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresCluster } from '../processes/postgres-cluster.ts'
import { startServerProcess } from '../processes/server-process.ts'
import type { ContenderName, Recipe } from './contender.ts'
import { installPeer, PEER_VERSIONS } from './install-peer.ts'

const repository = join(import.meta.dirname, '../..')

export interface RecipeContext {
  readonly cluster: PostgresCluster
  /** Of this contender alone: its files and its log. */
  readonly directory: string
  /** Added to the variables of our server: `NODE_OPTIONS` for profiles. */
  readonly environment: Readonly<Record<string, string>>
}

/** Its supervisor else ends workers that a busy machine lets wait for 5 seconds. */
const PATIENT: readonly string[] = ['--uvicorn-opts', '--timeout-worker-healthcheck 300']

/** With its 5 + 10 connections a worker that gets 16 batches at once waits for itself: each batch takes several. */
const WIDE_POOL = { MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: '30', MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: '60' }

/** Makes the contender's database and folder. Rejects when the peer cannot be installed. */
export const makeRecipe = async (name: ContenderName, context: RecipeContext): Promise<Recipe> => {
  mkdirSync(context.directory, { recursive: true })
  switch (name) {
    case 'mlflow':
      return mlflow(name, 'MLflow', context, await databaseOf(name, context), PATIENT)
    case 'mlflow-one-worker':
      return mlflow(name, 'MLflow, 1 worker', context, await databaseOf(name, context), ['--workers', '1'])
    case 'mlflow-sqlite':
      return mlflow(name, 'MLflow on SQLite', context, undefined, PATIENT)
    case 'fasttrackml':
      return fasttrackml(name, context, await databaseOf(name, context))
    case 'tidemill':
      return tidemill(name, 'Tidemill', context, await databaseOf(name, context))
    case 'tidemill-embedded':
      return tidemill(name, 'Tidemill embedded', context, undefined)
  }
}

/** Our bundle, made again when a source changed. */
export const buildTidemill = (): void => {
  execFileSync(process.execPath, [join(repository, 'scripts/prepare.ts')], { cwd: repository, stdio: 'inherit' })
}

const databaseOf = (name: ContenderName, { cluster }: RecipeContext): Promise<string> =>
  cluster.createDatabase(`bench_${name.replaceAll('-', '_')}`)

const mlflow = async (
  name: ContenderName,
  label: string,
  { directory }: RecipeContext,
  database: string | undefined,
  args: readonly string[],
): Promise<Recipe> => {
  const bin = await installPeer('mlflow')
  const store = database?.replace('postgresql:', 'postgresql+psycopg2:') ?? `sqlite:///${join(directory, 'mlflow.db')}`
  return {
    name,
    label: `${label} ${PEER_VERSIONS.mlflow}`,
    ...(database === undefined ? {} : { database }),
    start: (port) =>
      startServerProcess({
        command: [
          join(bin, 'mlflow'),
          'server',
          ...toArguments({
            '--host': '127.0.0.1',
            '--port': String(port),
            '--backend-store-uri': store,
            '--artifacts-destination': join(directory, 'artifacts'),
          }),
          ...args,
        ],
        environment: { MLFLOW_DISABLE_TELEMETRY: 'true', ...WIDE_POOL },
        cwd: directory,
        logFile: join(directory, 'log'),
        readyUrl: readyUrl(port),
      }),
  }
}

const fasttrackml = async (name: ContenderName, { directory }: RecipeContext, database: string): Promise<Recipe> => {
  const bin = await installPeer('fasttrackml')
  return {
    name,
    label: `FastTrackML ${PEER_VERSIONS.fasttrackml}`,
    database,
    start: (port) =>
      startServerProcess({
        command: [
          join(bin, 'fml'),
          'server',
          ...toArguments({
            '--listen-address': `127.0.0.1:${port}`,
            '--database-uri': database,
            '--default-artifact-root': join(directory, 'artifacts'),
          }),
        ],
        cwd: directory,
        logFile: join(directory, 'log'),
        readyUrl: readyUrl(port),
      }),
  }
}

const tidemill = (
  name: ContenderName,
  label: string,
  { directory, environment }: RecipeContext,
  database: string | undefined,
): Recipe => ({
  name,
  label,
  ...(database === undefined ? {} : { database }),
  start: (port) =>
    startServerProcess({
      command: [
        join(repository, 'apps/cli/bin/tidemill'),
        'server',
        ...toArguments({
          '--host': '127.0.0.1',
          '--port': String(port),
          '--data-dir': join(directory, 'data'),
          '--artifacts-destination': join(directory, 'artifacts'),
          ...(database === undefined ? {} : { '--backend-store-uri': database }),
        }),
      ],
      environment: { TIDEMILL_SOURCE: '', ...environment },
      cwd: directory,
      logFile: join(directory, 'log'),
      readyUrl: readyUrl(port),
    }),
})

/** A call that needs the store: a health route may answer before it is open. */
const readyUrl = (port: number): string => `http://127.0.0.1:${port}/api/2.0/mlflow/experiments/get?experiment_id=0`

const toArguments = (options: Readonly<Record<string, string>>): readonly string[] => Object.entries(options).flat()
