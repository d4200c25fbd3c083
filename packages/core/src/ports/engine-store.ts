import type { Reader } from '../auth/user.ts'
import type { Ticket } from '../jobs.ts'
import type { AttemptEnd, ClaimedAttempt, Lease } from '../workflow/attempt.ts'
import type { LogLine } from '../workflow/log-line.ts'
import type { WorkflowRunState } from '../workflow/states.ts'
import type { Idempotency, NewWorkflowRun, WorkflowRun } from '../workflow/workflow-run.ts'
import type { Page } from './tracking-store.ts'

/**
 * Workflow runs and their engine: every method is one transaction, every time is the database's clock.
 * docs/architecture.md has the states and the order of writes.
 */
export interface EngineStore {
  /**
   * Writes workflow run, steps, cells, the MLflow run, first attempts and outbox rows. A repeat of the
   * idempotency key answers the first one with `created: false`; with another request, ResourceConflictError.
   */
  submit(workflowRun: NewWorkflowRun): Promise<{ readonly workflowRun: WorkflowRun; readonly created: boolean }>
  /**
   * The workflow run that this idempotency key made before; undefined when the key is new. Throws ResourceConflictError
   * when it came with another request.
   */
  findSubmission(idempotency: Idempotency): Promise<WorkflowRun | undefined>
  /** Throws ResourceDoesNotExistError. */
  getWorkflowRun(workflowRunId: string): Promise<WorkflowRun>
  /** Newest first, each whole. `maxResults` 1 to 100. */
  searchWorkflowRuns(search: {
    readonly states?: readonly WorkflowRunState[]
    readonly experimentId?: string
    /** Absent: everything is shown. */
    readonly reader?: Reader
    readonly maxResults: number
    readonly pageToken?: string
  }): Promise<Page<WorkflowRun>>
  /** Queued attempts end at once, running ones are told by their heartbeat. ResourceConflictError when it has ended. */
  cancelWorkflowRun(workflowRunId: string): Promise<WorkflowRun>
  /** Starts the steps again that failed, were cancelled or skipped. ResourceConflictError unless it ended without success. */
  retryWorkflowRun(workflowRunId: string): Promise<WorkflowRun>
  /** Starts no new attempt until resumed. ResourceConflictError unless QUEUED or RUNNING. */
  pauseWorkflowRun(workflowRunId: string): Promise<WorkflowRun>
  /** ResourceConflictError unless PAUSED. */
  resumeWorkflowRun(workflowRunId: string): Promise<WorkflowRun>

  /**
   * Hands up to `limit` unsent outbox rows to `send` and marks them sent when it resolves (SKIP LOCKED: relays
   * share the work). Answers how many were sent; a rejection of `send` leaves them unsent and is thrown.
   */
  relayOutbox(limit: number, send: (tickets: readonly Ticket[]) => Promise<void>): Promise<number>

  /** Undefined: the ticket is stale, or its workflow run is paused or ending. */
  claimAttempt(ticket: Ticket, workerId: string): Promise<ClaimedAttempt | undefined>
  /**
   * Creates (or, for a single entry point, takes) the MLflow run that the attempt logs to, with its params and
   * tags, and moves the attempt to PREPARING. Undefined: the lease is lost.
   */
  prepareAttempt(
    lease: Lease,
    run: {
      readonly params: readonly { readonly key: string; readonly value: string }[]
      readonly tags: readonly { readonly key: string; readonly value: string }[]
    },
  ): Promise<{ readonly runId: string; readonly artifactUri: string } | undefined>
  /** False: the lease is lost. */
  markExecuting(lease: Lease): Promise<boolean>
  /** False: the lease is lost. */
  markFinalizing(lease: Lease): Promise<boolean>
  /** Renews the leases that are still held. */
  heartbeat(workerId: string, leases: readonly Lease[]): Promise<readonly HeartbeatAnswer[]>
  /**
   * One fenced transaction: attempt, cell, step, dependents, next attempts with outbox rows, the MLflow runs'
   * status and reason tag, and the workflow run's end. False: the lease is lost and nothing was written.
   */
  finishAttempt(lease: Lease, end: AttemptEnd): Promise<boolean>

  /** Adds lines after those that are there. Lines already stored are skipped by number, so a resend is harmless. False: the lease is lost. */
  appendLogs(lease: Lease, lines: readonly LogLine[]): Promise<boolean>
  /** Lines with `number >= from`, by number. Throws ResourceDoesNotExistError for an unknown attempt. */
  readLogs(
    attemptId: string,
    from: number,
    limit: number,
  ): Promise<{
    readonly lines: readonly LogLine[]
    /** The attempt has ended: no line will come. */ readonly ended: boolean
  }>

  registerWorker(worker: {
    readonly workerId: string
    readonly host: string
    readonly pid: number
    readonly concurrency: number
  }): Promise<void>
  removeWorker(workerId: string): Promise<void>
  listWorkers(): Promise<readonly WorkerInfo[]>
  getQueue(): Promise<QueueInfo>
  /** Of these attempts, the ones that a worker holds a live lease on: others' processes and containers may be removed. */
  findLiveAttempts(attemptIds: readonly string[]): Promise<ReadonlySet<string>>

  /** Ends attempts whose lease has passed as LOST and queues the next attempt or fails the step. */
  expireLeases(): Promise<number>
  /** Queues the attempts whose backoff has passed. */
  releaseBackoffs(): Promise<number>
  /** Writes a new outbox row for QUEUED attempts whose ticket was sent more than `olderThanMs` ago. */
  redispatchQueued(olderThanMs: number): Promise<number>

  /** Calls the listener after commits of any process. Wakes may be lost: poll as a floor. */
  onWake(listener: (wake: Wake) => void): Promise<() => Promise<void>>
}

export type Wake =
  | { readonly topic: 'outbox' }
  | { readonly topic: 'logs'; readonly attemptId: string }
  | { readonly topic: 'workflow_run'; readonly workflowRunId: string }
  /** A cancel was asked for: heartbeat now. */
  | { readonly topic: 'cancel'; readonly workflowRunId: string }

export interface HeartbeatAnswer {
  readonly attemptId: string
  /** `lost`: another fence is newer or the attempt has ended; kill and forget. */
  readonly verdict: 'continue' | 'cancel' | 'lost'
}

export interface WorkerInfo {
  readonly workerId: string
  readonly host: string
  readonly pid: number
  readonly concurrency: number
  readonly startedAt: number
  readonly lastSeenAt: number
  /** No heartbeat for longer than a lease: false. */
  readonly isAlive: boolean
  readonly attempts: readonly {
    readonly attemptId: string
    readonly workflowRunId: string
    readonly stepKey: string
    readonly state: string
  }[]
}

export interface QueueInfo {
  /** Attempts that wait for a worker. */
  readonly depth: number
  /** ms since the epoch. */
  readonly oldestQueuedAt?: number
  readonly waiting: readonly { readonly reason: 'queued' | 'backoff' | 'blocked' | 'paused'; readonly count: number }[]
}
