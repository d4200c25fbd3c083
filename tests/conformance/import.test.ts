import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createPostgresDatabase, installPackages, runTidemill, startTidemill } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { serveMlflow } from './differential/mlflow-server.ts'

const run = promisify(execFile)
const scripts = join(import.meta.dirname, 'import')
/** A whole MLflow: with SQLAlchemy for databases. */
const newest = await installPackages('mlflow-3.17.2-psycopg2', ['mlflow==3.17.2', 'psycopg2-binary==2.9.13'])
const old = await installPackages('mlflow-skinny-2.22.2', ['mlflow-skinny==2.22.2'])
const { postgres } = inject('services')
/** Each runs Python five times, which takes most of it. */
const LIMIT_MS = 300_000

const python = async (environment: string, script: string, uri: string, cwd: string): Promise<string> => {
  const { stdout } = await run(join(environment, 'bin', 'python'), [join(scripts, script), uri], {
    cwd,
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', GIT_PYTHON_REFRESH: 'quiet' },
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

interface Seeded extends AsyncDisposable {
  /** As the client that wrote it names it, and as the import does. */
  readonly trackingUri: string
  readonly source: string
  readonly options: readonly string[]
}

interface SourceKind {
  readonly name: string
  readonly environment: string | undefined
  /** Makes an empty store in the folder. */
  open(directory: string): Promise<Seeded>
}

const nothing = async (): Promise<void> => undefined

const KINDS: readonly SourceKind[] = [
  {
    name: 'a file store of MLflow 2.22',
    environment: old,
    open: async (directory) => ({
      trackingUri: join(directory, 'mlruns'),
      source: 'mlruns',
      options: [],
      [Symbol.asyncDispose]: nothing,
    }),
  },
  {
    name: 'a file store of MLflow 3.17',
    environment: newest,
    open: async (directory) => ({
      trackingUri: `file://${directory}/mlruns`,
      source: `file://${directory}/mlruns`,
      options: [],
      [Symbol.asyncDispose]: nothing,
    }),
  },
  {
    name: 'a SQLite database of MLflow 3.17',
    environment: newest,
    open: async () => ({
      trackingUri: 'sqlite:///mlflow.db',
      source: 'sqlite:///mlflow.db',
      options: [],
      [Symbol.asyncDispose]: nothing,
    }),
  },
  {
    name: 'a Postgres database of MLflow 3.17',
    environment: postgres.isAvailable ? newest : undefined,
    open: async (directory) => {
      const { uri, drop } = await createPostgresDatabase(postgres.isAvailable ? postgres.url : '')
      return {
        trackingUri: uri.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:'),
        source: uri,
        options: ['--source-artifacts', directory],
        [Symbol.asyncDispose]: drop,
      }
    },
  },
  { name: 'a running server of MLflow 3.17', environment: newest, open: (directory) => startServer(directory) },
]

const startServer = async (directory: string): Promise<Seeded> => {
  const server = await serveMlflow(join(newest ?? '', 'bin', 'python'), directory)
  return {
    trackingUri: server.url,
    source: server.url,
    options: [],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

describe.each(KINDS)('import of $name', ({ environment, open }) => {
  describe.skipIf(environment === undefined)('with its real client', () => {
    const client = environment ?? ''
    let directory = ''
    let seeded: Seeded | undefined
    let before: unknown
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'tidemill-import-'))
      seeded = await open(directory)
      await python(client, 'seed.py', seeded.trackingUri, directory)
      before = JSON.parse(await python(client, 'dump.py', seeded.trackingUri, directory))
    }, LIMIT_MS)
    afterAll(async () => {
      await seeded?.[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true, maxRetries: 3 })
    }, LIMIT_MS)

    const importInto = (store: readonly string[]) =>
      runTidemill(['import', seeded?.source ?? '', ...(seeded?.options ?? []), ...store], {
        cwd: directory,
        environment: { MLFLOW_TRACKING_URI: '', DATABASE_URL: '', TIDEMILL_DATA_DIR: join(directory, 'data') },
      })

    /** What the client sees of a server on the store after two imports. */
    const seenAfterImport = async (store: readonly string[]): Promise<unknown> => {
      const first = await importInto(store)
      expect(first).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Everything in the source is in the target.'),
      })
      const second = await importInto(store)
      expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/^runs +0 +0 +\d+ +0$/m) })
      const server = await startTidemill(['server', '--port', '0', ...store], { DATABASE_URL: '' })
      try {
        return JSON.parse(await python(client, 'dump.py', server.url, directory))
      } finally {
        await server.stop()
      }
    }

    test(
      'a client sees the same in the embedded store',
      async () => {
        const data = join(directory, 'embedded')
        expect(await seenAfterImport(['--data-dir', data, '--backend-store-uri', join(data, 'pg')])).toEqual(before)
      },
      LIMIT_MS,
    )

    test.skipIf(!postgres.isAvailable)(
      'a client sees the same on Postgres',
      async () => {
        const { uri, drop } = await createPostgresDatabase(postgres.isAvailable ? postgres.url : '')
        try {
          expect(
            await seenAfterImport([
              '--backend-store-uri',
              uri,
              '--artifacts-destination',
              join(directory, 'artifacts'),
            ]),
          ).toEqual(before)
        } finally {
          await drop()
        }
      },
      LIMIT_MS,
    )
  })
})
