import type { Reader } from '../auth/user.ts'
import type { EnvironmentManager, ProjectSource, ProjectSpec, WorkflowDefinition } from '../project/project.ts'
import type { AttemptState, StepRunState, WorkflowRunState } from './states.ts'

/** Times are ms since the epoch, by the database's clock. */
export interface WorkflowRun {
  readonly workflowRunId: string
  /** The MLflow run of the whole. */
  readonly runId: string
  readonly experimentId: string
  readonly state: WorkflowRunState
  readonly reason?: string
  /** Name of the workflow, or of the entry point when a single one was submitted. */
  readonly name: string
  readonly source: ProjectSource
  readonly parameters: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly startedAt?: number
  readonly endedAt?: number
  /** In definition order. */
  readonly steps: readonly StepRun[]
}

export interface StepRun {
  readonly key: string
  readonly state: StepRunState
  readonly reason?: string
  readonly needs: readonly string[]
  /** One for a plain step, one per combination for a matrix step. */
  readonly cells: readonly StepCell[]
}

export interface StepCell {
  readonly index: number
  /** Empty for a plain step. */
  readonly matrix: Readonly<Record<string, string>>
  readonly state: StepRunState
  readonly reason?: string
  /** By number. */
  readonly attempts: readonly Attempt[]
}

export interface Attempt {
  readonly attemptId: string
  /** From 1. */
  readonly number: number
  readonly state: AttemptState
  readonly workerId?: string
  /** The MLflow run that the attempt logs to; absent until it was prepared. */
  readonly runId?: string
  readonly exitCode?: number
  readonly reason?: string
  readonly queuedAt: number
  readonly startedAt?: number
  readonly endedAt?: number
}

/** A submission after every check: what the submit transaction writes. */
export interface NewWorkflowRun {
  readonly experimentId: string
  readonly source: ProjectSource
  readonly spec: ProjectSpec
  readonly target: WorkflowTarget
  /** Given values and defaults: all declared parameters that have a value, then the extra ones of an entry point. */
  readonly parameters: Readonly<Record<string, string>>
  readonly environmentManager?: EnvironmentManager
  /** Docker projects: put the project's code onto the image. */
  readonly buildImage: boolean
  readonly priority: number
  readonly labels: readonly string[]
  /** Tags of the root MLflow run, `mlflow.*` ones included. */
  readonly tags: readonly { readonly key: string; readonly value: string }[]
  readonly runName?: string
  readonly userId: string
  /** Who the steps act for. Absent: the server asks nobody who they are. */
  readonly submitter?: Reader
  readonly idempotency?: Idempotency
}

/** Makes a repeated submission answer the first one. */
export interface Idempotency {
  /** The client's choice. */
  readonly key: string
  /** SHA-256 of the request, hex. */
  readonly requestHash: string
}

export type WorkflowTarget =
  | { readonly kind: 'workflow'; readonly workflow: WorkflowDefinition }
  /** One step whose attempts log to the workflow run's own MLflow run, as `mlflow run` does (docs/decisions/0003). */
  | { readonly kind: 'entry_point'; readonly entryPoint: string }
