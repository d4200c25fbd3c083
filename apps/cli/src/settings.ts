/** A value that may come from an option or from the environment. */
export interface Setting {
  readonly flags: string
  readonly description: string
  /** In order of precedence: Tidemill's own, MLflow's, then the customary one. */
  readonly variables: readonly string[]
  /** As the help shows it. */
  readonly default?: string
}

/** Keyed by the name that commander derives from the flag. */
export const SETTINGS = {
  host: {
    flags: '--host <address>',
    description: 'address to listen on',
    variables: ['TIDEMILL_HOST', 'MLFLOW_HOST'],
    default: '127.0.0.1',
  },
  port: {
    flags: '-p, --port <number>',
    description: 'port to listen on, 0 for any free one',
    variables: ['TIDEMILL_PORT', 'MLFLOW_PORT'],
    default: '5000',
  },
  backendStoreUri: {
    flags: '--backend-store-uri <uri>',
    description: 'postgresql://… or a directory for the embedded store',
    variables: ['TIDEMILL_BACKEND_STORE_URI', 'MLFLOW_BACKEND_STORE_URI', 'DATABASE_URL'],
    default: '<data-dir>/pg',
  },
  redisUrl: {
    flags: '--redis-url <url>',
    description: 'Redis that carries tickets to workers in other processes',
    variables: ['TIDEMILL_REDIS_URL', 'REDIS_URL'],
  },
  defaultArtifactRoot: {
    flags: '--default-artifact-root <uri>',
    description: 'artifact location of new experiments',
    variables: ['TIDEMILL_DEFAULT_ARTIFACT_ROOT', 'MLFLOW_DEFAULT_ARTIFACT_ROOT'],
    default: 'mlflow-artifacts:/',
  },
  artifactsDestination: {
    flags: '--artifacts-destination <directory>',
    description: 'where the server keeps the artifacts of mlflow-artifacts:/',
    variables: ['TIDEMILL_ARTIFACTS_DESTINATION', 'MLFLOW_ARTIFACTS_DESTINATION'],
    default: '<data-dir>/artifacts',
  },
  dataDir: {
    flags: '--data-dir <directory>',
    description: 'embedded store, artifacts, caches and environments',
    variables: ['TIDEMILL_DATA_DIR'],
    default: '$XDG_DATA_HOME/tidemill or ~/.local/share/tidemill',
  },
  allowedHosts: {
    flags: '--allowed-hosts <names>',
    description: 'further Host headers to accept, separated by commas',
    variables: ['TIDEMILL_ALLOWED_HOSTS', 'MLFLOW_SERVER_ALLOWED_HOSTS'],
  },
  corsAllowedOrigins: {
    flags: '--cors-allowed-origins <origins>',
    description: 'origins of other sites whose pages may call, separated by commas',
    variables: ['TIDEMILL_CORS_ALLOWED_ORIGINS', 'MLFLOW_SERVER_CORS_ALLOWED_ORIGINS'],
  },
  projectSources: {
    flags: '--project-sources <kinds>',
    description: 'where projects may come from: local, file, https, ssh, http, git, separated by commas',
    variables: ['TIDEMILL_PROJECT_SOURCES'],
  },
  concurrency: {
    flags: '--concurrency <number>',
    description: 'steps that run at once',
    variables: ['TIDEMILL_CONCURRENCY'],
    default: 'number of cores',
  },
  environmentVariables: {
    flags: '--environment-variables <names>',
    description: 'variables of this process that steps see, separated by commas',
    variables: ['TIDEMILL_ENVIRONMENT_VARIABLES'],
  },
  trackingUri: {
    flags: '--tracking-uri <url>',
    description: 'URL of the Tidemill server',
    variables: ['TIDEMILL_TRACKING_URI', 'MLFLOW_TRACKING_URI'],
  },
  logLevel: {
    flags: '--log-level <level>',
    description: 'debug, info, warn or error',
    variables: ['TIDEMILL_LOG_LEVEL'],
  },
  experimentName: {
    flags: '--experiment-name <name>',
    description: 'experiment of the run, created when absent',
    variables: ['MLFLOW_EXPERIMENT_NAME'],
  },
  experimentId: {
    flags: '--experiment-id <id>',
    description: 'experiment of the run',
    variables: ['MLFLOW_EXPERIMENT_ID'],
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS

/** Settings given as options; one that was not given is absent or undefined. */
export type SettingOptions = { readonly [Name in SettingName]?: string | undefined }
