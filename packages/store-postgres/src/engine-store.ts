import type { EngineStore } from '@tidemill/core'
import type { OpenDatabase } from './database/open-database.ts'
import { createEntityKeys } from './queries/entity-key.ts'
import { appendLogs, readLogs } from './queries/engine/attempt-logs.ts'
import { markExecuting, markFinalizing } from './queries/engine/attempt-phase.ts'
import { cancelWorkflowRun } from './queries/engine/cancel-workflow-run.ts'
import { claimAttempt } from './queries/engine/claim-attempt.ts'
import { coalesce } from './queries/engine/coalesce.ts'
import { endOpenCells, isPlainSuccess, type LeaseEnd } from './queries/engine/end-open-cells.ts'
import { expireLeases, expireLeasesOfOthers } from './queries/engine/expire-leases.ts'
import { getWorkflowRun, searchWorkflowRuns } from './queries/engine/find-workflow-runs.ts'
import { finishAttempt, type Transition } from './queries/engine/finish-attempt.ts'
import { getQueue } from './queries/engine/get-queue.ts'
import { heartbeat } from './queries/engine/heartbeat.ts'
import { pauseWorkflowRun, resumeWorkflowRun } from './queries/engine/pause-workflow-run.ts'
import { prepareAttempt } from './queries/engine/prepare-attempt.ts'
import { redispatchQueued } from './queries/engine/redispatch.ts'
import { relayOutbox } from './queries/engine/relay-outbox.ts'
import { releaseBackoffs } from './queries/engine/release-backoffs.ts'
import { retryWorkflowRun } from './queries/engine/retry-workflow-run.ts'
import { findSubmission, submitWorkflowRun } from './queries/engine/submit-workflow-run.ts'
import { createWakes, type Wakes } from './queries/engine/wakes.ts'
import {
  findLiveAttempts,
  listWorkers,
  registerWorker,
  removeOtherWorkers,
  removeWorker,
} from './queries/engine/workers.ts'

export interface EngineStoreOptions {
  /** ms that a worker holds an attempt without a heartbeat. @default 30_000 */
  readonly leaseMs?: number
}

/** The engine's state in a database. Close the database after the last call. */
export const createEngineStore = (database: OpenDatabase, options: EngineStoreOptions = {}): EngineStore => {
  const wakes = createWakes(database)
  return {
    ...workflowRunMethods(database, wakes),
    ...attemptMethods(database, wakes, options.leaseMs ?? 30_000),
    ...workerMethods(database, wakes),
    ...sweepMethods(database, wakes, options.leaseMs ?? 30_000),
    onWake: wakes.onWake,
  }
}

const workflowRunMethods = ({ db }: OpenDatabase, wakes: Wakes) => {
  const keys = createEntityKeys(db)
  return {
    submit: async (workflowRun) => {
      const { workflowRunId, created } = await submitWorkflowRun(db, keys, workflowRun)
      if (created) wakes.publish({ topic: 'outbox' }, { topic: 'workflow_run', workflowRunId })
      return { workflowRun: await getWorkflowRun(db, workflowRunId), created }
    },
    findSubmission: async (idempotency) => {
      const workflowRunId = await findSubmission(db, idempotency)
      return workflowRunId === undefined ? undefined : getWorkflowRun(db, workflowRunId)
    },
    getWorkflowRun: (workflowRunId) => getWorkflowRun(db, workflowRunId),
    searchWorkflowRuns: (search) => searchWorkflowRuns(db, search),
    cancelWorkflowRun: async (workflowRunId) => {
      await cancelWorkflowRun(db, workflowRunId)
      wakes.publish({ topic: 'cancel', workflowRunId }, { topic: 'workflow_run', workflowRunId })
      return getWorkflowRun(db, workflowRunId)
    },
    retryWorkflowRun: async (workflowRunId) => {
      await retryWorkflowRun(db, workflowRunId)
      wakes.publish({ topic: 'outbox' }, { topic: 'workflow_run', workflowRunId })
      return getWorkflowRun(db, workflowRunId)
    },
    pauseWorkflowRun: async (workflowRunId) => {
      await pauseWorkflowRun(db, workflowRunId)
      wakes.publish({ topic: 'workflow_run', workflowRunId })
      return getWorkflowRun(db, workflowRunId)
    },
    resumeWorkflowRun: async (workflowRunId) => {
      await resumeWorkflowRun(db, workflowRunId)
      wakes.publish({ topic: 'outbox' }, { topic: 'workflow_run', workflowRunId })
      return getWorkflowRun(db, workflowRunId)
    },
    getQueue: () => getQueue(db),
  } satisfies Partial<EngineStore>
}

const attemptMethods = (database: OpenDatabase, wakes: Wakes, leaseMs: number) => {
  const { db } = database
  const keys = createEntityKeys(db)
  const endOpenCell = coalesce((ends: readonly LeaseEnd[]) => endOpenCells(db, ends))
  return {
    claimAttempt: async (ticket, workerId) => {
      const claimed = await claimAttempt(db, ticket, workerId, leaseMs)
      if (claimed !== undefined) wakes.publish({ topic: 'workflow_run', workflowRunId: claimed.workflowRunId })
      return claimed
    },
    prepareAttempt: (lease, run) => prepareAttempt(db, keys, lease, run),
    markExecuting: coalesce((leases) => markExecuting(db, leases)),
    markFinalizing: coalesce((leases) => markFinalizing(db, leases)),
    heartbeat: (workerId, leases) => heartbeat(db, workerId, leases, leaseMs),
    finishAttempt: async (lease, end) => {
      const openRunId = isPlainSuccess(end) ? await endOpenCell({ lease, end }) : undefined
      const transition =
        openRunId === undefined ? await finishAttempt(db, lease, end) : { workflowRunId: openRunId, queued: 0 }
      if (transition === undefined) return false
      wakes.publish({ topic: 'workflow_run', workflowRunId: transition.workflowRunId })
      if (transition.queued > 0) wakes.publish({ topic: 'outbox' })
      wakes.publish({ topic: 'logs', attemptId: lease.attemptId })
      return true
    },
    appendLogs: async (lease, lines) => {
      const isHeld = await appendLogs(db, lease, lines)
      if (isHeld) wakes.publish({ topic: 'logs', attemptId: lease.attemptId })
      return isHeld
    },
    readLogs: (attemptId, from, limit) => readLogs(db, attemptId, from, limit),
    listWorkers: () => listWorkers(db, leaseMs),
    findLiveAttempts: (attemptIds) => findLiveAttempts(db, attemptIds),
  } satisfies Partial<EngineStore>
}

const workerMethods = ({ db, kind }: OpenDatabase, wakes: Wakes) => {
  const workerIds = new Set<string>()
  return {
    registerWorker: async (worker) => {
      workerIds.add(worker.workerId)
      await registerWorker(db, worker)
      if (kind !== 'pglite') return
      // An embedded store is open in one process only: what workers of an earlier one held need not wait for its lease.
      publishTransitions(wakes, await expireLeasesOfOthers(db, [...workerIds]))
      await removeOtherWorkers(db, [...workerIds])
    },
    removeWorker: async (workerId) => {
      await removeWorker(db, workerId)
      workerIds.delete(workerId)
    },
  } satisfies Partial<EngineStore>
}

const sweepMethods = (database: OpenDatabase, wakes: Wakes, leaseMs: number) =>
  ({
    relayOutbox: (limit, send) => relayOutbox(database, limit, send),
    expireLeases: async () => {
      const transitions = await expireLeases(database.db, leaseMs)
      publishTransitions(wakes, transitions)
      return transitions.length
    },
    releaseBackoffs: async () => {
      const released = await releaseBackoffs(database.db)
      for (const workflowRunId of new Set(released)) wakes.publish({ topic: 'workflow_run', workflowRunId })
      if (released.length > 0) wakes.publish({ topic: 'outbox' })
      return released.length
    },
    redispatchQueued: async (olderThanMs) => {
      const count = await redispatchQueued(database.db, olderThanMs)
      if (count > 0) wakes.publish({ topic: 'outbox' })
      return count
    },
  }) satisfies Partial<EngineStore>

const publishTransitions = (wakes: Wakes, transitions: readonly Transition[]): void => {
  for (const { workflowRunId } of transitions) wakes.publish({ topic: 'workflow_run', workflowRunId })
  if (transitions.some(({ queued }) => queued > 0)) wakes.publish({ topic: 'outbox' })
}
