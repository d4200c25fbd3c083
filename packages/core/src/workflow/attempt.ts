import type { Reader } from '../auth/user.ts'
import type { EnvironmentManager, ProjectSource, ProjectSpec, RetryPolicy } from '../project/project.ts'

/** A worker's right to run one attempt. A write with a fence that is not the attempt's newest changes nothing. */
export interface Lease {
  readonly attemptId: string
  readonly fence: number
}

/** What a worker gets with a claim: all it needs to run the attempt. */
export interface ClaimedAttempt {
  readonly lease: Lease
  /** ms from the claim until the lease ends without a heartbeat. */
  readonly leaseMs: number
  readonly workflowRunId: string
  readonly rootRunId: string
  readonly experimentId: string
  /** `entry_point`: the attempt logs to `rootRunId` itself. */
  readonly target: 'workflow' | 'entry_point'
  readonly workflowName: string
  readonly stepKey: string
  readonly cellIndex: number
  readonly matrix: Readonly<Record<string, string>>
  readonly number: number
  readonly entryPoint: string
  readonly source: ProjectSource
  readonly spec: ProjectSpec
  readonly environmentManager?: EnvironmentManager
  readonly buildImage: boolean
  readonly workflowParameters: Readonly<Record<string, string>>
  /** The step's own parameters, `${{ }}` references not yet replaced. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[]
  readonly retry: RetryPolicy
  readonly timeoutMs?: number
  readonly userId: string
  /** Who the steps act for; `userId` 0 once the account is gone. Absent: the server asks nobody who they are. */
  readonly submitter?: Reader
  /** Per step of the workflow that has succeeded: the MLflow runs of its cells, by cell index. */
  readonly upstreamRunIds: Readonly<Record<string, readonly string[]>>
}

/** What made an attempt end, in one word that programs may branch on. */
export type EndCode =
  | 'succeeded'
  | 'exit_code'
  | 'signal'
  | 'oom'
  | 'timeout'
  | 'cancelled'
  | 'lost_worker'
  | 'disk'
  | 'fetch'
  | 'environment'
  | 'image'
  | 'docker'
  | 'parameters'
  | 'policy'
  | 'internal'

/**
 * How an attempt ended. `kind` answers "would another attempt help?": the step's retry policy decides about
 * `failed` and `timed_out`, the infrastructure budget about `infra_failed`, and `rejected` never runs again.
 */
export interface AttemptEnd {
  readonly kind: 'succeeded' | 'failed' | 'rejected' | 'infra_failed' | 'timed_out' | 'cancelled'
  readonly code: EndCode
  /** For people: what happened, with the value, and what to do. Absent on success. */
  readonly reason?: string
  readonly exitCode?: number
}

/** Attempts that a step may lose to workers and infrastructure, beside the user's retries. */
export const INFRASTRUCTURE_BUDGET = 3
