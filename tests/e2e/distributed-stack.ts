import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { SubmitWorkflowRunRequest, WorkflowRunWire } from '@tidemill/core'
import { createClient, type TidemillClient } from '@tidemill/sdk'
import {
  createPostgresDatabase,
  freePort,
  type GitServer,
  serveGitRepository,
  startRedisServer,
  startTidemill,
  type StartedService,
  type TidemillProcess,
  waitFor,
} from '@tidemill/testkit'

const fixtures = join(import.meta.dirname, 'fixtures')

/** Postgres, Redis, an API process, two worker processes and a Git server: the distributed mode on one machine. */
export interface DistributedStack extends AsyncDisposable {
  readonly server: TidemillProcess
  readonly client: TidemillClient
  readonly redisUrl: string
  /** A directory of the stack's own, removed with it. */
  readonly directory: string
  readonly tracked: GitServer
  readonly shell: GitServer
  submit(uri: string, request?: Partial<SubmitWorkflowRunRequest>): Promise<WorkflowRunWire>
  /** The workflow run once it has ended. */
  ended(workflowRunId: string, timeoutMs?: number): Promise<WorkflowRunWire>
  /** `kill -9`; another worker takes its place. */
  killWorker(workerId: string): Promise<void>
  /** Stops Redis; the answer starts an empty one at the same port. */
  stopRedis(): Promise<() => Promise<void>>
}

/** `python` is an interpreter that has mlflow; its directory leads the workers' PATH. */
export const startDistributedStack = async (postgresUrl: string, python?: string): Promise<DistributedStack> => {
  const database = await createPostgresDatabase(postgresUrl)
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-e2e-'))
  const [tracked, shell, firstRedis] = await Promise.all([
    serveGitRepository(join(fixtures, 'tracked'), 'tracked'),
    serveGitRepository(join(fixtures, 'shell'), 'shell'),
    startRedis(await freePort()),
  ])
  let redis = firstRedis
  const redisUrl = redis.url
  const shared = ['--backend-store-uri', database.uri, '--redis-url', redisUrl, '--project-sources', 'https,git']
  const server = await startTidemill(['server', '--port', '0', '--data-dir', join(directory, 'server'), ...shared])
  const startWorker = (): Promise<TidemillProcess> =>
    startTidemill(['worker', '--tracking-uri', server.url, '--data-dir', join(directory, 'worker'), ...shared], {
      ...(python === undefined ? {} : { PATH: `${dirname(python)}${delimiter}${process.env.PATH ?? ''}` }),
      WORKER_SECRET: 'must-not-leak',
    })
  let workers: readonly TidemillProcess[] = await Promise.all([startWorker(), startWorker()])
  const client = createClient({ url: server.url })

  return {
    server,
    client,
    redisUrl,
    directory,
    tracked,
    shell,
    submit: async (uri, request = {}) =>
      (await client.submitWorkflowRun({ project: { uri }, environment_manager: 'local', ...request })).workflow_run,
    ended: (workflowRunId, timeoutMs = 60_000) =>
      waitFor(
        `workflow run ${workflowRunId} to end`,
        async () => {
          const workflowRun = await client.getWorkflowRun(workflowRunId)
          return workflowRun.ended_at === undefined ? undefined : workflowRun
        },
        timeoutMs,
      ),
    killWorker: async (workerId) => {
      const victim = workers.find(({ readyLine }) => readyLine.includes(workerId))
      if (victim === undefined) throw new Error(`No worker printed the id ${workerId}`)
      await victim.kill()
      workers = [...workers.filter((worker) => worker !== victim), await startWorker()]
    },
    stopRedis: async () => {
      await redis.started.stop()
      return async () => {
        redis = await startRedis(Number(new URL(redisUrl).port))
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...workers, server].map((one) => one.stop()))
      await Promise.all([tracked.stop(), shell.stop(), redis.started.stop()])
      await database.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const startRedis = async (port: number): Promise<{ started: StartedService; url: string }> => {
  const started = await startRedisServer(port)
  if (started === undefined || !started.service.isAvailable) throw new Error('redis-server is not on PATH')
  return { started, url: started.service.url }
}

/** Command lines on this machine that are exactly the text. */
export const processesWith = async (text: string): Promise<string[]> => {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(
    ids.map(async (id) => (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim()),
  )
  return commands.filter((command) => command === text)
}
