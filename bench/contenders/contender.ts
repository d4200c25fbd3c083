import type { PostgresCluster } from '../processes/postgres-cluster.ts'
import { readTree, type TreeUsage } from '../processes/process-tree.ts'
import type { ServerProcess } from '../processes/server-process.ts'

export const CONTENDERS = [
  'mlflow',
  'mlflow-one-worker',
  'fasttrackml',
  'tidemill',
  'mlflow-sqlite',
  'tidemill-embedded',
] as const
export type ContenderName = (typeof CONTENDERS)[number]

export const isOurs = (name: ContenderName): boolean => name === 'tidemill' || name === 'tidemill-embedded'

/** How to start one, from nothing. */
export interface Recipe {
  readonly name: ContenderName
  readonly label: string
  /** URL of its database on the cluster; undefined when it keeps its own file. */
  readonly database?: string
  start(port: number): Promise<ServerProcess>
}

/** A running server with what it costs. */
export interface Contender extends AsyncDisposable {
  readonly name: ContenderName
  readonly label: string
  readonly database?: string
  readonly origin: string
  readonly startMs: number
  /** CPU time that the start took, its database's included. */
  readonly startCpuMs: number
  readonly idleMiB: number
  /** The server's process tree alone. */
  readServer(): Promise<TreeUsage>
  /** CPU time of the server's process tree and, when it is on Postgres, of the whole cluster. */
  readCpuMs(): Promise<number>
  kill(): Promise<void>
  /** Same database, same port. */
  start(): Promise<void>
}

export const startContender = async (recipe: Recipe, port: number, cluster: PostgresCluster): Promise<Contender> => {
  const usesCluster = recipe.database !== undefined
  const clusterCpu = async (): Promise<number> => (usesCluster ? (await readTree([cluster.pid])).cpuMs : 0)
  const clusterCpuBefore = await clusterCpu()
  let server = await recipe.start(port)
  const readServer = (): Promise<TreeUsage> => readTree([server.pid])
  const readCpuMs = async (): Promise<number> => (await readServer()).cpuMs + (await clusterCpu())
  const startCpuMs = (await readCpuMs()) - clusterCpuBefore
  return {
    name: recipe.name,
    label: recipe.label,
    ...(recipe.database === undefined ? {} : { database: recipe.database }),
    origin: `http://127.0.0.1:${port}`,
    startMs: server.startMs,
    startCpuMs,
    idleMiB: (await readServer()).residentMiB,
    readServer,
    readCpuMs,
    kill: () => server.kill(),
    start: async () => {
      server = await recipe.start(port)
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}
