import { createEngineStore, createTrackingStore, createUserStore, openDatabase } from '@tidemill/store-postgres'
import { createNoOpExecutor, createPostgresDatabase, waitFor } from '@tidemill/testkit'
import { createBullmqDispatcher, startWorker } from '@tidemill/worker'
import type { NewWorkflowRun } from '@tidemill/core'
import type { Figure } from './report.ts'

const WORKFLOW_RUNS = 20
const CELLS = 100

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** No-op steps a second through Postgres and Redis, generator and worker in this one process. */
export const measureEngine = async (
  postgresUrl: string | undefined,
  redisUrl: string | undefined,
): Promise<Figure[]> => {
  if (postgresUrl === undefined || redisUrl === undefined) {
    console.error('bench: the engine needs Postgres and Redis, which are not here')
    return []
  }
  const { uri, drop } = await createPostgresDatabase(postgresUrl)
  const database = await openDatabase({ backendStoreUri: uri })
  const engine = createEngineStore(database)
  const tracking = await createTrackingStore(database, { defaultArtifactRoot: 'mlflow-artifacts:/' })
  const dispatcher = createBullmqDispatcher({ redisUrl })
  const ids = await Promise.all(
    Array.from({ length: WORKFLOW_RUNS }, async () => (await engine.submit(noOpWorkflow())).workflowRun.workflowRunId),
  )
  const startedAt = performance.now()
  const worker = await startWorker({
    engine,
    tracking,
    users: createUserStore(database),
    dispatcher,
    executor: createNoOpExecutor(),
    archiveLog: async () => undefined,
    trackingUri: 'http://127.0.0.1:1',
    concurrency: 16,
    logger: silent,
  })
  await waitFor(
    'all workflow runs to end',
    // Reading whole workflow runs would cost a tenth of what is measured.
    async () =>
      (await database.db.selectFrom('workflow_run').where('ended_at', 'is', null).select('id').limit(1).execute())
        .length === 0,
    120_000,
  )
  const seconds = (performance.now() - startedAt) / 1000
  const runs = await Promise.all(ids.map((id) => engine.getWorkflowRun(id)))
  const succeeded = runs
    .flatMap((run) => run.steps)
    .flatMap((step) => step.cells)
    .filter((cell) => cell.state === 'SUCCEEDED' && cell.attempts.length === 1).length
  await worker[Symbol.asyncDispose]()
  await dispatcher[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  await drop()
  return [
    {
      name: 'engine, no-op steps a second',
      value: (WORKFLOW_RUNS * CELLS) / seconds,
      unit: '/s',
      goal: { kind: 'at least', value: 300 },
      how: `${WORKFLOW_RUNS} workflow runs of a ${CELLS}-cell step through Postgres and Redis, one worker process`,
    },
    {
      name: 'engine, steps lost or run twice',
      value: WORKFLOW_RUNS * CELLS - succeeded,
      unit: 'steps',
      goal: { kind: 'at most', value: 0 },
      how: 'the same run, read back',
    },
  ]
}

const noOpWorkflow = (): NewWorkflowRun => ({
  experimentId: '0',
  source: { kind: 'folder', uri: '/no-op', location: '/no-op', subdirectory: '', sourceName: '/no-op' },
  spec: {
    environment: { kind: 'python_env' },
    entryPoints: [{ name: 'main', command: 'true', parameters: [] }],
    workflows: [],
  },
  target: {
    kind: 'workflow',
    workflow: {
      name: 'no-op',
      parameters: [],
      steps: [
        {
          key: 'step',
          entryPoint: 'main',
          needs: [],
          parameters: [],
          matrix: [{ name: 'i', values: Array.from({ length: CELLS }, (_, index) => String(index)) }],
          retry: { attempts: 1, backoff: 'fixed', delayMs: 0 },
        },
      ],
    },
  },
  parameters: {},
  buildImage: false,
  priority: 0,
  labels: [],
  tags: [],
  userId: 'bench',
})
