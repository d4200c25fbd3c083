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
      { MLFLOW_BACKEND_STORE_URI: 'sqlite:///mlflow.db' },
      "MLFLOW_BACKEND_STORE_URI is 'sqlite:///mlflow.db', but 'sqlite:' is not supported here. Give a directory or a postgresql:// URI.",
    ],
    [
      { artifactsDestination: 's3://bucket' },
      {},
      "--artifacts-destination is 's3://bucket', but 's3:' is not supported here. Give a directory.",
    ],
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
