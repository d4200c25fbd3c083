import { createTestDatabase, type StoreKind } from '@tidemill/testkit'
import {
  type AttemptEnd,
  type ClaimedAttempt,
  isTerminalWorkflowRun,
  type NewWorkflowRun,
  NO_RETRY,
  type StepDefinition,
  type Ticket,
  type WorkflowRun,
} from '@tidemill/core'
import { sql } from 'kysely'
import { inject } from 'vitest'
import { createEngineStore, createTrackingStore, type OpenDatabase } from '../../src/index.ts'

/** Short, because no lease ends until Postgres itself has been up for so long. */
const LEASE_MS = 200

export const SUCCEEDED: AttemptEnd = { kind: 'succeeded', code: 'succeeded' }
export const EXIT_3: AttemptEnd = { kind: 'failed', code: 'exit_code', reason: 'exit code 3', exitCode: 3 }

/** PGlite, and Postgres where there is one. */
export const storeKinds = (): StoreKind[] => {
  const { postgres } = inject('services')
  if (!postgres.isAvailable) process.stderr.write(`Tests on Postgres are skipped: ${postgres.reason}\n`)
  return postgres.isAvailable ? ['pglite', 'postgres'] : ['pglite']
}

export const openWorld = async (kind: StoreKind) => {
  const { postgres } = inject('services')
  const { database, drop } = await createTestDatabase(kind, postgres.isAvailable ? postgres.url : undefined)
  const tracking = await createTrackingStore(database, { defaultArtifactRoot: 'mlflow-artifacts:' })
  const experimentId = await tracking.createExperiment({ name: 'engine' })
  return { ...worldOn(database, experimentId), tracking, close: drop }
}

export type World = Awaited<ReturnType<typeof openWorld>>

const worldOn = (database: OpenDatabase, experimentId: string) => {
  const engine = createEngineStore(database, { leaseMs: LEASE_MS })
  const { db } = database
  const sent: Ticket[] = []

  const relay = async (): Promise<void> => {
    const send = async (tickets: readonly Ticket[]): Promise<void> => {
      sent.push(...tickets)
    }
    while ((await engine.relayOutbox(100, send)) > 0);
  }
  /** Tickets of the workflow run that were not taken yet, in the order of their sending. */
  const takeTickets = async (workflowRunId: string): Promise<Ticket[]> => {
    await relay()
    const own = new Set(attemptsOf(await engine.getWorkflowRun(workflowRunId)).map(({ attemptId }) => attemptId))
    const taken = sent.filter(({ attemptId }) => own.has(attemptId))
    for (const ticket of taken) sent.splice(sent.indexOf(ticket), 1)
    return taken
  }

  return {
    database,
    db,
    engine,
    experimentId,
    takeTickets,
    submit: async (steps: readonly StepDefinition[], given: Partial<NewWorkflowRun> = {}): Promise<WorkflowRun> =>
      (await engine.submit({ ...aWorkflowRun(experimentId, steps), ...given })).workflowRun,
    /** Claims what has a ticket, as one worker. */
    claimAll: async (workflowRunId: string, workerId = 'worker-1'): Promise<ClaimedAttempt[]> => {
      const claims: ClaimedAttempt[] = []
      for (const ticket of await takeTickets(workflowRunId)) {
        const claimed = await engine.claimAttempt(ticket, workerId)
        if (claimed !== undefined) claims.push(claimed)
      }
      return claims
    },
    /** The lease of the attempt ends without a heartbeat. */
    loseWorkerOf: async ({ lease }: ClaimedAttempt): Promise<void> => {
      await sql`update attempt set lease_until = clock_timestamp() - interval '1 s' where attempt_id = ${lease.attemptId}`.execute(
        db,
      )
      await engine.expireLeases()
    },
    /** Every backoff is over. */
    passBackoffs: async (): Promise<void> => {
      await sql`update step_cell set not_before = clock_timestamp() where state = 'BACKOFF'`.execute(db)
      await engine.releaseBackoffs()
    },
  }
}

/** Claims, prepares, executes and ends attempts until the workflow run has ended. */
export const drive = async (
  world: World,
  workflowRunId: string,
  behave: (attempt: ClaimedAttempt) => AttemptEnd | 'lose worker',
): Promise<WorkflowRun> => {
  const { engine } = world
  for (;;) {
    const workflowRun = await engine.getWorkflowRun(workflowRunId)
    if (isTerminalWorkflowRun(workflowRun.state)) return workflowRun
    const claims = await world.claimAll(workflowRunId)
    for (const claimed of claims) await runAttempt(world, claimed, behave(claimed))
    if (claims.length > 0) continue
    const hasBackoff = cellsOf(workflowRun).some(({ state }) => state === 'BACKOFF')
    if (!hasBackoff) throw new Error(`${workflowRunId} is ${workflowRun.state} and nothing of it can go on`)
    await world.passBackoffs()
  }
}

export const runAttempt = async (
  world: World,
  claimed: ClaimedAttempt,
  end: AttemptEnd | 'lose worker',
): Promise<void> => {
  const { engine } = world
  await engine.prepareAttempt(claimed.lease, { params: claimed.parameters.map(toParam), tags: [] })
  await engine.markExecuting(claimed.lease)
  if (end === 'lose worker') {
    await world.loseWorkerOf(claimed)
    return
  }
  await engine.markFinalizing(claimed.lease)
  await engine.finishAttempt(claimed.lease, end)
}

const toParam = ({ name, value }: { readonly name: string; readonly value: string }) => ({ key: name, value })

export const cellsOf = (workflowRun: WorkflowRun) => workflowRun.steps.flatMap(({ cells }) => cells)
export const attemptsOf = (workflowRun: WorkflowRun) => cellsOf(workflowRun).flatMap(({ attempts }) => attempts)
export const stepStates = (workflowRun: WorkflowRun): Record<string, string> =>
  Object.fromEntries(workflowRun.steps.map(({ key, state }) => [key, state]))

/** A step that runs the entry point of its own name. */
export const aStep = (key: string, given: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  entryPoint: key,
  needs: [],
  parameters: [],
  matrix: [],
  retry: NO_RETRY,
  ...given,
})

/** `cells('alpha', 3)`: a matrix of three values. */
export const cells = (name: string, count: number): StepDefinition['matrix'] => [
  { name, values: Array.from({ length: count }, (_, index) => `${index + 1}`) },
]

const aWorkflowRun = (experimentId: string, steps: readonly StepDefinition[]): NewWorkflowRun => ({
  experimentId,
  source: {
    kind: 'git',
    uri: 'https://example.org/churn.git#models',
    location: 'https://example.org/churn.git',
    subdirectory: 'models',
    commit: '0123456789abcdef0123456789abcdef01234567',
    sourceName: 'https://example.org/churn.git#models',
  },
  spec: { environment: { kind: 'python_env' }, entryPoints: [], workflows: [] },
  target: { kind: 'workflow', workflow: { name: 'main', parameters: [], steps } },
  parameters: { rows: '1000', alpha: '0.5' },
  buildImage: false,
  priority: 0,
  labels: [],
  tags: [{ key: 'mlflow.source.type', value: 'PROJECT' }],
  userId: 'ada',
})
