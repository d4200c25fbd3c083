import { describe, expect, test } from 'vitest'
import { toServeConfig, type ServeRole } from './config.ts'
import { readEnvironment } from './env.ts'
import { CliError } from './errors.ts'
import type { SettingOptions } from './settings.ts'

const configOf = (options: SettingOptions, env: Record<string, string> = {}, role: ServeRole = 'server') =>
  toServeConfig(role, options, readEnvironment({ XDG_DATA_HOME: '/xdg', ...env }), '/cwd')

describe('toServeConfig', () => {
  test('without options and variables everything lies in the data directory of the user', () => {
    expect(configOf({}, {}, 'embedded')).toMatchObject({
      host: '127.0.0.1',
      port: 5000,
      store: { kind: 'embedded', uri: '/xdg/tidemill/pg' },
      artifactsDestination: '/xdg/tidemill/artifacts',
      dataDirectory: '/xdg/tidemill',
      environmentPolicy: { kind: 'inherit' },
      sourcePolicy: { allowLocal: true, schemes: ['file', 'https', 'ssh', 'http', 'git'] },
      trackingUri: 'http://127.0.0.1:5000',
    })
  })

  test.each<[string, SettingOptions, Record<string, string>, string]>([
    [
      'the option beats every variable',
      { backendStoreUri: 'postgresql://option/db' },
      { TIDEMILL_BACKEND_STORE_URI: 'postgresql://tidemill/db', DATABASE_URL: 'postgresql://url/db' },
      'postgresql://option/db',
    ],
    [
      "Tidemill's variable beats MLflow's",
      {},
      { TIDEMILL_BACKEND_STORE_URI: 'postgresql://tidemill/db', MLFLOW_BACKEND_STORE_URI: 'postgresql://mlflow/db' },
      'postgresql://tidemill/db',
    ],
    [
      "MLflow's variable beats the customary one",
      {},
      { MLFLOW_BACKEND_STORE_URI: 'postgresql+psycopg2://mlflow/db', DATABASE_URL: 'postgresql://url/db' },
      'postgresql+psycopg2://mlflow/db',
    ],
    ['the customary one beats the default', {}, { DATABASE_URL: 'postgres://url/db' }, 'postgres://url/db'],
    ['an empty variable counts as absent', {}, { TIDEMILL_BACKEND_STORE_URI: '' }, '/xdg/tidemill/pg'],
    ['a relative directory starts at the working directory', { backendStoreUri: 'store' }, {}, '/cwd/store'],
    ['a file URI is a directory', { backendStoreUri: 'file:///srv/a%20b' }, {}, '/srv/a b'],
  ])('%s', (_case, options, env, uri) => {
    expect(configOf(options, env).store.uri).toBe(uri)
  })

  test('follows the data directory with all that lies in it', () => {
    expect(configOf({ dataDir: './here' })).toMatchObject({
      dataDirectory: '/cwd/here',
      store: { uri: '/cwd/here/pg' },
      artifactsDestination: '/cwd/here/artifacts',
    })
  })

  test.each([
    ['./artifacts', '/cwd/artifacts'],
    ['/srv/artifacts', '/srv/artifacts'],
    ['file:///srv/artifacts', 'file:///srv/artifacts'],
    ['mlflow-artifacts:/', 'mlflow-artifacts:/'],
  ])('gives clients in other folders the artifact root %s as %s', (defaultArtifactRoot, expected) => {
    expect(configOf({ defaultArtifactRoot }).defaultArtifactRoot).toBe(expected)
  })

  test('hands on only what is listed, except on one’s own machine', () => {
    expect(configOf({}, {}, 'worker').environmentPolicy).toEqual({ kind: 'allow', names: [] })
    expect(configOf({ environmentVariables: 'A, B_1' }, {}, 'embedded').environmentPolicy).toEqual({
      kind: 'allow',
      names: ['A', 'B_1'],
    })
  })

  test('a server reads no folders of its own disk unless it is told to', () => {
    expect(configOf({}).sourcePolicy).toEqual({ allowLocal: false, schemes: ['https', 'ssh'] })
    expect(configOf({}, { TIDEMILL_PROJECT_SOURCES: 'local,file' }).sourcePolicy).toEqual({
      allowLocal: true,
      schemes: ['file'],
    })
  })

  test.each<[SettingOptions, Record<string, string>, string]>([
    [{ port: 'x' }, {}, "--port is 'x'. Give a whole number from 0 to 65535."],
    [{}, { MLFLOW_PORT: '70000' }, "MLFLOW_PORT is '70000'. Give a whole number from 0 to 65535."],
    [{ concurrency: '0' }, {}, "--concurrency is '0'. Give a whole number from 1 to 1024."],
    [
      {},
      { REDIS_URL: 'http://user:secret@cache' },
      "REDIS_URL is 'http://user:***@cache'. Give redis://host:port or rediss://….",
    ],
    [
      { projectSources: 'https,ftp' },
      {},
      "--project-sources has 'ftp'. Choose among local, file, https, ssh, http, git.",
    ],
    [{ environmentVariables: 'A=1' }, {}, "--environment-variables has 'A=1', which is not a variable's name."],
    [{ logLevel: 'loud' }, {}, "--log-level is 'loud'. Choose among debug, info, warn, error."],
  ])('refuses %j with %j', (options, env, message) => {
    expect(() => configOf(options, env)).toThrow(new CliError(message))
  })
})

describe('options of mlflow server', () => {
  test('without them everything is served and nothing is exposed', () => {
    expect(configOf({}).server).toEqual({
      mode: 'all',
      exposeMetrics: false,
      frameOptions: 'SAMEORIGIN',
      isSecurityDisabled: false,
      presignedDownloads: false,
      truncateLongValues: true,
      webhooks: { allowedSchemes: ['https'], allowedHosts: [], timeoutMs: 30_000, concurrency: 10 },
      warnings: [],
    })
  })

  test.each<[SettingOptions, Record<string, string>, object]>([
    [{ serveArtifacts: 'false' }, {}, { mode: 'tracking' }],
    [{}, { MLFLOW_SERVE_ARTIFACTS: 'False' }, { mode: 'tracking' }],
    [{ serveArtifacts: 'true' }, { MLFLOW_SERVE_ARTIFACTS: '0' }, { mode: 'all' }],
    [{}, { MLFLOW_ARTIFACTS_ONLY: 'true' }, { mode: 'artifacts' }],
    [{ exposePrometheus: './metrics' }, {}, { exposeMetrics: true }],
    [{ xFrameOptions: 'deny' }, {}, { frameOptions: 'DENY' }],
    [{}, { MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE: '1' }, { isSecurityDisabled: true }],
    [{ staticPrefix: '/ml/flow' }, {}, { staticPrefix: '/ml/flow' }],
    [{}, { MLFLOW_TRUNCATE_LONG_VALUES: 'false' }, { truncateLongValues: false }],
    [{}, { MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX: '^s3:' }, { modelVersionSourceRegex: '^s3:' }],
    [{}, { MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https' }, { webhooks: { allowedSchemes: ['http', 'https'] } }],
  ])('%j with %j gives %j', (options, env, expected) => {
    expect(configOf(options, env).server).toMatchObject(expected)
  })

  test.each<[SettingOptions, RegExp]>([
    [{ staticPrefix: 'mlflow' }, /--static-prefix is 'mlflow'. Give a path that begins with \//],
    [{ staticPrefix: '/mlflow/' }, /does not end with it/],
    [{ staticPrefix: '/a"b' }, /--static-prefix/],
    [{ xFrameOptions: 'ALLOW' }, /Choose among SAMEORIGIN, DENY, NONE/],
    [{ artifactsOnly: 'true', serveArtifacts: 'false' }, /leave nothing to serve/],
    [{ workers: '0' }, /--workers is '0'/],
    [{ uvicornOpts: '--ssl-keyfile=key.pem' }, /asks for TLS/],
    [{ appName: 'custom' }, /'custom', which is a plugin/],
    [{ modelVersionSourceRegex: '(' }, /is no regular expression/],
    [{ backendStoreUri: 'sqlite:///mlflow.db' }, /no SQLite here.*`tidemill import sqlite:\/\/\/mlflow\.db`/],
    [{ backendStoreUri: 'mysql+pymysql://me:secret@db/x' }, /'mysql\+pymysql:\/\/me:\*\*\*@db\/x'.*only Postgres/],
    [{ backendStoreUri: 'mssql+pyodbc://db/x' }, /only Postgres is supported/],
    [{ backendStoreUri: 'file://host/x' }, /Give a path or file:\/\/\//],
    [{ backendStoreUri: 'a', registryStoreUri: 'b' }, /registered models are kept in the backend store/],
    [{ artifactsDestination: 'gs://bucket' }, /'gs:' is not supported here. Give a directory or s3:\/\/bucket\/prefix/],
  ])('%j is refused', (options, message) => {
    expect(() => configOf(options)).toThrow(message)
  })

  test('a registry store that is the backend store is fine, however its driver is called', () => {
    const options = { backendStoreUri: 'postgresql+psycopg2://h/d', registryStoreUri: 'postgresql://h/d' }
    expect(configOf(options).store.kind).toBe('postgres')
  })

  test('an artifacts destination on S3 stays a URI, and its variables are passed on', () => {
    const config = configOf(
      { artifactsDestination: 's3://bucket/x' },
      { MLFLOW_S3_ENDPOINT_URL: 'http://s3', HOME: '/' },
    )
    expect(config.artifactsDestination).toBe('s3://bucket/x')
    expect(config.artifactVariables).toEqual({ MLFLOW_S3_ENDPOINT_URL: 'http://s3' })
  })

  test('other servers are passed over with a warning each', () => {
    const { warnings } = configOf(
      { workers: '4', waitressOpts: '--threads=4' },
      { MLFLOW_GUNICORN_OPTS: '-k x' },
    ).server
    expect(warnings).toEqual([
      expect.stringMatching(/^--workers is 4: one process serves here/),
      expect.stringMatching(/^MLFLOW_GUNICORN_OPTS is passed over/),
      expect.stringMatching(/^--waitress-opts is passed over/),
    ])
  })

  test('without the proxy artifacts go to mlruns unless a root is given', () => {
    expect(configOf({ serveArtifacts: 'false' }).defaultArtifactRoot).toBe('/cwd/mlruns')
    expect(configOf({ serveArtifacts: 'false', defaultArtifactRoot: 's3://b' }).defaultArtifactRoot).toBe('s3://b')
  })

  test('--dev logs everything, unless a level is given', () => {
    expect(configOf({ dev: 'true' }).logLevel).toBe('debug')
    expect(configOf({ dev: 'true', logLevel: 'warn' }).logLevel).toBe('warn')
  })
})
