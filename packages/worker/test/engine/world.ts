import {
  type Dispatcher,
  type EngineStore,
  isTerminalWorkflowRun,
  type Logger,
  type NewWorkflowRun,
  type StepDefinition,
  type TrackingStore,
  type WorkflowRun,
  type WorkflowTarget,
} from '@tidemill/core'
import { createEngineStore, createTrackingStore, createUserStore, type OpenDatabase } from '@tidemill/store-postgres'
import { createTestDatabase, type ScriptedExecutor, waitFor } from '@tidemill/testkit'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, inject, onTestFinished } from 'vitest'
import { createBullmqDispatcher, createMemoryDispatcher, startWorker, type WorkerOptions } from '../../src/index.ts'

export interface World {
  readonly database: OpenDatabase
  readonly engine: EngineStore
  readonly tracking: TrackingStore
}

export interface Mode {
  readonly name: string
  /** Why its tests are skipped. */
  readonly problem?: string
  /** Opens the database before the tests of the surrounding `describe`. */
  readonly useWorld: (options?: { readonly leaseMs?: number }) => () => World
  readonly createDispatcher: () => Dispatcher
}

const { postgres, redis } = inject('services')

const useWorld =
  (kind: 'pglite' | 'postgres') =>
  (options: { readonly leaseMs?: number } = {}): (() => World) => {
    let world: World | undefined
    let drop: (() => Promise<void>) | undefined
    beforeAll(async () => {
      const opened = await createTestDatabase(kind, postgres.isAvailable ? postgres.url : undefined)
      drop = opened.drop
      world = {
        database: opened.database,
        engine: createEngineStore(opened.database, options),
        tracking: await createTrackingStore(opened.database, { defaultArtifactRoot: 'mlflow-artifacts:/' }),
      }
    })
    afterAll(() => drop?.())
    return () => {
      if (world === undefined) throw new Error('The database of the tests is not open')
      return world
    }
  }

export const EMBEDDED: Mode = {
  name: 'embedded (PGlite, memory)',
  useWorld: useWorld('pglite'),
  createDispatcher: createMemoryDispatcher,
}

export const DISTRIBUTED: Mode = {
  name: 'distributed (Postgres, Redis)',
  ...(postgres.isAvailable ? {} : { problem: postgres.reason }),
  ...(redis.isAvailable ? {} : { problem: redis.reason }),
  useWorld: useWorld('postgres'),
  createDispatcher: () =>
    createBullmqDispatcher({ redisUrl: redis.isAvailable ? redis.url : '', prefix: `test-${randomUUID()}` }),
}

export const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** A worker that ends with the test. */
export const startTestWorker = async (
  world: World,
  options: Partial<WorkerOptions> & { readonly dispatcher: Dispatcher; readonly executor: ScriptedExecutor },
) => {
  const worker = await startWorker({
    engine: world.engine,
    tracking: world.tracking,
    users: createUserStore(world.database),
    archiveLog: async (_uri, _path, content) => {
      for await (const _chunk of content);
    },
    trackingUri: 'http://127.0.0.1:5000',
    concurrency: 4,
    logger: SILENT,
    ...options,
  })
  onTestFinished(() => worker[Symbol.asyncDispose]())
  return worker
}

export const useDispatcher = (mode: Mode): Dispatcher => {
  const dispatcher = mode.createDispatcher()
  onTestFinished(() => dispatcher[Symbol.asyncDispose]())
  return dispatcher
}

export const submitSteps = (
  world: World,
  steps: readonly StepDefinition[],
  overrides: Partial<NewWorkflowRun> = {},
): Promise<WorkflowRun> =>
  submit(world, { kind: 'workflow', workflow: { name: 'main', parameters: [], steps } }, steps, overrides)

export const submitEntryPoint = (
  world: World,
  entryPoint: string,
  overrides: Partial<NewWorkflowRun> = {},
): Promise<WorkflowRun> => submit(world, { kind: 'entry_point', entryPoint }, [{ entryPoint }], overrides)

const submit = async (
  world: World,
  target: WorkflowTarget,
  steps: readonly { readonly entryPoint: string }[],
  overrides: Partial<NewWorkflowRun>,
): Promise<WorkflowRun> => {
  const { workflowRun } = await world.engine.submit({
    experimentId: '0',
    source: {
      kind: 'git',
      uri: 'https://example.org/p.git',
      location: 'https://example.org/p.git',
      subdirectory: '',
      commit: 'c'.repeat(40),
      branch: 'main',
      repositoryUrl: 'https://example.org/p.git',
      sourceName: 'https://example.org/p.git',
    },
    spec: {
      environment: { kind: 'python_env' },
      entryPoints: steps.map(({ entryPoint }) => ({ name: entryPoint, command: 'true', parameters: [] })),
      workflows: [],
    },
    target,
    parameters: {},
    buildImage: false,
    priority: 0,
    labels: [],
    tags: [],
    userId: 'ada',
    ...overrides,
  })
  return workflowRun
}

/** The workflow run after its end. */
export const waitForEnd = (world: World, { workflowRunId }: WorkflowRun, timeoutMs?: number): Promise<WorkflowRun> =>
  waitFor(
    `the end of ${workflowRunId}`,
    async () => {
      const workflowRun = await world.engine.getWorkflowRun(workflowRunId)
      return isTerminalWorkflowRun(workflowRun.state) && workflowRun
    },
    timeoutMs,
  )

/** `a:SUCCEEDED b:FAILED`, by key. */
export const stepStates = ({ steps }: WorkflowRun): string =>
  steps
    .map(({ key, state }) => `${key}:${state}`)
    .toSorted()
    .join(' ')

/** States of the attempts of a step, cell after cell. */
export const attemptStates = ({ steps }: WorkflowRun, stepKey: string): string[] =>
  steps
    .filter(({ key }) => key === stepKey)
    .flatMap(({ cells }) => cells.flatMap(({ attempts }) => attempts.map(({ state }) => state)))

/** Reads a whole log. */
export const readTexts = async (world: World, attemptId: string): Promise<string[]> =>
  (await world.engine.readLogs(attemptId, 1, 10_000)).lines.map(({ text }) => text)
