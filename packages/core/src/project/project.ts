/** What an MLproject file means, after parsing. Values are text: what Python's `str()` gives for the YAML value. */
export interface ProjectSpec {
  readonly name?: string
  readonly environment: ProjectEnvironment
  readonly entryPoints: readonly EntryPoint[]
  readonly workflows: readonly WorkflowDefinition[]
}

export type ProjectEnvironment =
  /** python_env.yaml, or no environment file at all (`file` absent): an empty virtual environment, as in MLflow. */
  | { readonly kind: 'python_env'; readonly file?: string }
  | { readonly kind: 'conda_env'; readonly file: string }
  | {
      readonly kind: 'docker'
      readonly image: string
      readonly volumes: readonly string[]
      /** A name alone copies that variable of the host; a pair sets it. */
      readonly variables: readonly (string | readonly [name: string, value: string])[]
    }

export interface EntryPoint {
  readonly name: string
  /** Python `str.format` template; `{name}` takes the shell-quoted value. */
  readonly command: string
  readonly parameters: readonly EntryPointParameter[]
}

export interface EntryPointParameter {
  readonly name: string
  /** Free text; only `path` and `uri` have behaviour (spec/mlproject.md §5.1). */
  readonly type: string
  /** Absent: the parameter is required. */
  readonly default?: string
}

/** `uv` and `virtualenv` read the same files and share environments; a `docker` project ignores the choice. */
export const ENVIRONMENT_MANAGERS = ['local', 'virtualenv', 'uv', 'conda'] as const
export type EnvironmentManager = (typeof ENVIRONMENT_MANAGERS)[number]

/** Where a project comes from, pinned: fetching it twice gives the same files. */
export interface ProjectSource {
  readonly kind: 'git' | 'folder'
  /** As the user gave it, without a password. */
  readonly uri: string
  /** The Git remote without `#subdirectory`, or the absolute path of the folder (subdirectory not included). */
  readonly location: string
  /** `/`-separated, `''` for the root. */
  readonly subdirectory: string
  /** The branch, tag or SHA that was asked for. */
  readonly version?: string
  /** Full SHA. Always there for Git; for a folder, HEAD of the repository around it, if any. */
  readonly commit?: string
  /** The value of the tag `mlflow.source.git.branch`: `version`, when it names a branch. */
  readonly branch?: string
  /** The value of the tag `mlflow.source.git.repoURL`. */
  readonly repositoryUrl?: string
  /** The value of the tag `mlflow.source.name`. */
  readonly sourceName: string
}

export interface ResolvedProject {
  readonly source: ProjectSource
  readonly spec: ProjectSpec
  /** Things that do not stop the run, for the submitter to read. */
  readonly warnings: readonly string[]
}

/** A workflow of an MLproject's `workflows` key, its rules checked. */
export interface WorkflowDefinition {
  readonly name: string
  readonly parameters: readonly EntryPointParameter[]
  /** In definition order. */
  readonly steps: readonly StepDefinition[]
}

export interface StepDefinition {
  readonly key: string
  readonly entryPoint: string
  /** Keys of the steps that must succeed first. */
  readonly needs: readonly string[]
  /** Values may contain `${{ }}` references. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[]
  /** Grid: every combination is a cell, the last name varies fastest. */
  readonly matrix: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly retry: RetryPolicy
  /** Limit of one execution of the command, in ms. Absent: none. */
  readonly timeoutMs?: number
}

export interface RetryPolicy {
  /** How often the command may be tried in all, 1 to 100. Lost workers draw on another budget. */
  readonly attempts: number
  readonly backoff: 'fixed' | 'exponential'
  /** ms before the second attempt. */
  readonly delayMs: number
}

export const NO_RETRY: RetryPolicy = { attempts: 1, backoff: 'fixed', delayMs: 0 }
