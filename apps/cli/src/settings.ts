/** A value that may come from an option or from the environment. */
export interface Setting {
  readonly flags: string
  readonly description: string
  /** In order of precedence: Tidemill's own, MLflow's, then the customary one. */
  readonly variables: readonly string[]
  /** As the help shows it. */
  readonly default?: string
  /** A switch: `--flag` is `true`, `--no-flag` is `false`. */
  readonly isSwitch?: true
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
    flags: '--artifacts-destination <uri>',
    description: 'where the server keeps the artifacts of mlflow-artifacts:/, a directory or s3://bucket/prefix',
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
  registryStoreUri: {
    flags: '--registry-store-uri <uri>',
    description: 'accepted when it names the backend store: models are kept there',
    variables: ['TIDEMILL_REGISTRY_STORE_URI', 'MLFLOW_REGISTRY_STORE_URI'],
    default: 'the backend store',
  },
  serveArtifacts: {
    flags: '--serve-artifacts',
    description: 'serve mlflow-artifacts:/; without, clients write to the artifact root themselves',
    variables: ['TIDEMILL_SERVE_ARTIFACTS', 'MLFLOW_SERVE_ARTIFACTS'],
    default: 'true',
    isSwitch: true,
  },
  artifactsOnly: {
    flags: '--artifacts-only',
    description: 'serve mlflow-artifacts:/ and nothing else',
    variables: ['TIDEMILL_ARTIFACTS_ONLY', 'MLFLOW_ARTIFACTS_ONLY'],
    isSwitch: true,
  },
  presignedDownloads: {
    flags: '--presigned-downloads',
    description: 'let clients download from S3 directly, by URLs that expire',
    variables: ['TIDEMILL_PRESIGNED_DOWNLOADS'],
    isSwitch: true,
  },
  staticPrefix: {
    flags: '--static-prefix <path>',
    description: 'path before the pages and the routes of browsers, e.g. /mlflow',
    variables: ['TIDEMILL_STATIC_PREFIX', 'MLFLOW_STATIC_PREFIX'],
  },
  exposePrometheus: {
    flags: '--expose-prometheus <directory>',
    description: 'answer /metrics; the directory is not needed, any value turns it on',
    variables: ['TIDEMILL_EXPOSE_PROMETHEUS', 'MLFLOW_EXPOSE_PROMETHEUS'],
  },
  xFrameOptions: {
    flags: '--x-frame-options <value>',
    description: 'who may frame the pages: SAMEORIGIN, DENY or NONE (no header)',
    variables: ['TIDEMILL_X_FRAME_OPTIONS', 'MLFLOW_SERVER_X_FRAME_OPTIONS'],
    default: 'SAMEORIGIN',
  },
  disableSecurityMiddleware: {
    flags: '--disable-security-middleware',
    description: 'look at neither Host nor Origin; only behind a proxy that does',
    variables: ['TIDEMILL_DISABLE_SECURITY_MIDDLEWARE', 'MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE'],
    isSwitch: true,
  },
  truncateLongValues: {
    flags: '--truncate-long-values <boolean>',
    description: 'cut params and tags that are too long instead of refusing them',
    variables: ['TIDEMILL_TRUNCATE_LONG_VALUES', 'MLFLOW_TRUNCATE_LONG_VALUES'],
    default: 'true',
  },
  artifactLocationMaxLength: {
    flags: '--artifact-location-max-length <number>',
    description: "characters of an experiment's artifact location",
    variables: ['TIDEMILL_ARTIFACT_LOCATION_MAX_LENGTH', 'MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH'],
    default: '2048',
  },
  modelVersionSourceRegex: {
    flags: '--model-version-source-regex <pattern>',
    description: 'what the source of a model version must match from its beginning',
    variables: ['TIDEMILL_MODEL_VERSION_SOURCE_REGEX', 'MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX'],
  },
  webhookAllowedSchemes: {
    flags: '--webhook-allowed-schemes <names>',
    description: 'schemes of the URLs of webhooks, separated by commas',
    variables: ['TIDEMILL_WEBHOOK_ALLOWED_SCHEMES', 'MLFLOW_WEBHOOK_ALLOWED_SCHEMES'],
    default: 'https',
  },
  webhookAllowedHosts: {
    flags: '--webhook-allowed-hosts <names>',
    description: 'hosts of webhooks whose addresses are private, separated by commas; * is any',
    variables: ['TIDEMILL_WEBHOOK_ALLOWED_HOSTS'],
  },
  webhookRequestTimeout: {
    flags: '--webhook-request-timeout <seconds>',
    description: 'how long the receiver of a webhook may take',
    variables: ['TIDEMILL_WEBHOOK_REQUEST_TIMEOUT', 'MLFLOW_WEBHOOK_REQUEST_TIMEOUT'],
    default: '30',
  },
  webhookDeliveryWorkers: {
    flags: '--webhook-delivery-workers <number>',
    description: 'deliveries of webhooks that go on at once',
    variables: ['TIDEMILL_WEBHOOK_DELIVERY_WORKERS', 'MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS'],
    default: '10',
  },
  webhookSecretKey: {
    flags: '--webhook-secret-key <key>',
    description: 'encrypts the secrets of webhooks; better as a variable than as an option',
    variables: ['TIDEMILL_WEBHOOK_SECRET_KEY', 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY'],
    default: 'a file in the data directory',
  },
  workers: {
    flags: '-w, --workers <number>',
    description: 'accepted, not needed: one process serves; start more servers on one Postgres for more',
    variables: ['MLFLOW_WORKERS'],
  },
  gunicornOpts: {
    flags: '--gunicorn-opts <options>',
    description: 'accepted with a warning: there is no gunicorn',
    variables: ['MLFLOW_GUNICORN_OPTS'],
  },
  uvicornOpts: {
    flags: '--uvicorn-opts <options>',
    description: 'accepted with a warning: there is no uvicorn',
    variables: ['MLFLOW_UVICORN_OPTS'],
  },
  waitressOpts: {
    flags: '--waitress-opts <options>',
    description: 'accepted with a warning: there is no waitress',
    variables: [],
  },
  appName: {
    flags: '--app-name <name>',
    description: 'basic-auth: callers say who they are and see what they may; plugins of MLflow are refused',
    variables: ['TIDEMILL_APP_NAME'],
  },
  authConfig: {
    flags: '--auth-config <file>',
    description: 'of --app-name basic-auth: an INI file as for MLflow',
    variables: ['TIDEMILL_AUTH_CONFIG', 'MLFLOW_AUTH_CONFIG_PATH'],
  },
  adminUsername: {
    flags: '--admin-username <name>',
    description: 'of the first admin, who is made when there is none',
    variables: ['TIDEMILL_ADMIN_USERNAME', 'MLFLOW_AUTH_ADMIN_USERNAME'],
    default: 'admin',
  },
  adminPassword: {
    flags: '--admin-password <password>',
    description: 'of the first admin; a variable, because options are seen by others',
    variables: ['TIDEMILL_ADMIN_PASSWORD', 'MLFLOW_AUTH_ADMIN_PASSWORD'],
  },
  trackingUsername: {
    flags: '--tracking-username <name>',
    description: 'user of a server that asks who its callers are',
    variables: ['TIDEMILL_TRACKING_USERNAME', 'MLFLOW_TRACKING_USERNAME'],
  },
  trackingPassword: {
    flags: '--tracking-password <password>',
    description: 'of that user; a variable, because options are seen by others',
    variables: ['TIDEMILL_TRACKING_PASSWORD', 'MLFLOW_TRACKING_PASSWORD'],
  },
  trackingToken: {
    flags: '--tracking-token <token>',
    description: 'instead of user and password',
    variables: ['TIDEMILL_TRACKING_TOKEN', 'MLFLOW_TRACKING_TOKEN'],
  },
  dev: {
    flags: '--dev',
    description: 'log at level debug',
    variables: [],
    isSwitch: true,
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS

/** Settings given as options; one that was not given is absent or undefined. */
export type SettingOptions = { readonly [Name in SettingName]?: string | undefined }
