import type { EntryPoint, EnvironmentManager, ProjectSource, ProjectSpec } from '../project/project.ts'
import type { AttemptEnd } from '../workflow/attempt.ts'
import type { LogStream } from '../workflow/log-line.ts'

export interface StepExecution {
  readonly attemptId: string
  readonly source: ProjectSource
  readonly spec: ProjectSpec
  /** Declared in the project, or made from a `.py`/`.sh` name. */
  readonly entryPoint: EntryPoint
  /** Final values: declared parameters in declaration order, then extra ones. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[]
  readonly environmentManager?: EnvironmentManager
  readonly buildImage: boolean
  /** Run variables (`MLFLOW_RUN_ID`, `MLFLOW_TRACKING_URI`, `MLFLOW_EXPERIMENT_ID`), on top of the policy's. */
  readonly variables: Readonly<Record<string, string>>
  /** Limit of the command itself, in ms. */
  readonly timeoutMs?: number
}

export type StepPhase = 'fetching' | 'building' | 'executing'

export interface StepObserver {
  onLine(line: { readonly stream: LogStream; readonly time: number; readonly text: string }): void
  /** Awaited: the command starts only after `executing` was recorded. Answering false stops the execution as cancelled. */
  onPhase(phase: StepPhase): Promise<boolean>
  /** Facts that belong on the MLflow run, e.g. `mlflow.project.env`. */
  onTags(tags: Readonly<Record<string, string>>): Promise<void>
}

export interface StepHandle {
  /** Never rejects: whatever goes wrong is an end with a reason. The first reason of death is kept. */
  wait(): Promise<AttemptEnd>
  /** SIGTERM, grace, then SIGKILL to everything the step started. Resolves when nothing of it is left. */
  cancel(cause: 'cancelled' | 'lease_lost'): Promise<void>
}

/** Turns a step into a finished process or container: fetch, environment, launch. */
export interface StepExecutor {
  start(execution: StepExecution, observer: StepObserver): StepHandle
}

/** Brings what a `path` parameter names to the worker's disk. */
export interface ArtifactDownloader {
  /** `runs:/…`, `models:/…`, `mlflow-artifacts:/…`; answers the local path. Throws with the URI in the message. */
  download(uri: string, targetDirectory: string): Promise<string>
}
