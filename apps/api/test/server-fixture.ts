import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, createLogger, createServerContext, type ServerConfig, type ServerContext } from '@tidemill/api'
import { createPostgresDatabase } from '@tidemill/testkit'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, inject } from 'vitest'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  /** The JSON answer; undefined for another kind. */
  readonly json: ReturnType<typeof JSON.parse>
  readonly text: string
}

export interface TestServer {
  readonly app: FastifyInstance
  readonly context: ServerContext
  readonly directory: string
  /** Log lines, parsed. */
  readonly logs: Readonly<Record<string, unknown>>[]
  request(options: InjectOptions): Promise<Answer>
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>
  post(path: string, body: unknown): Promise<Answer>
  close(): Promise<void>
}

/** A whole server in this process, with a store of its own: PGlite unless a URI is given. */
export const openTestServer = async (overrides: Partial<ServerConfig> = {}): Promise<TestServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-api-'))
  const logs: Record<string, unknown>[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void logs.push(JSON.parse(line)) } })
  const context = await createServerContext(
    {
      host: '127.0.0.1',
      port: 0,
      backendStoreUri: join(directory, 'pg'),
      artifactsDestination: join(directory, 'artifacts'),
      dataDirectory: directory,
      allowedHosts: [],
      corsAllowedOrigins: [],
      sourcePolicy: { allowLocal: true, schemes: ['file'] },
      isEmbedded: true,
      ...overrides,
    },
    logger,
  )
  const app = createApp(context)
  const request = async (options: InjectOptions): Promise<Answer> => {
    const answer = await app.inject(options)
    const isJson =
      String(answer.headers['content-type'] ?? '').startsWith('application/json') &&
      answer.headers['content-disposition'] === undefined
    return {
      status: answer.statusCode,
      headers: answer.headers,
      json: isJson ? answer.json() : undefined,
      text: answer.body,
    }
  }
  return {
    app,
    context,
    directory,
    logs,
    request,
    get: (url, query = {}) => request({ method: 'GET', url, query: { ...query } }),
    post: (url, body) =>
      request({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: async () => {
      await app.close()
      await context[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export const MLFLOW = '/api/2.0/mlflow'
export const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts'
export const TIDEMILL = '/api/tidemill/v1'

/** The same tests on the embedded store and, where there is one, on a real Postgres; one server for all of them. */
export const describeServer = (name: string, tests: (server: () => TestServer) => void): void => {
  const { postgres } = inject('services')
  describe.each(['pglite', 'postgres'] as const)(`${name} on %s`, (kind) => {
    describe.skipIf(kind === 'postgres' && !postgres.isAvailable)('with a server', () => {
      tests(useServer(kind === 'postgres' && postgres.isAvailable ? postgres.url : undefined))
    })
  })
}

/** One server for the tests of the enclosing suite. */
export const useServer = (postgresUrl?: string, overrides: Partial<ServerConfig> = {}): (() => TestServer) => {
  let server: TestServer | undefined
  let drop = async (): Promise<void> => undefined
  beforeAll(async () => {
    if (postgresUrl === undefined) {
      server = await openTestServer(overrides)
      return
    }
    const database = await createPostgresDatabase(postgresUrl)
    drop = database.drop
    server = await openTestServer({ ...overrides, backendStoreUri: database.uri, isEmbedded: false })
  })
  afterAll(async () => {
    await server?.close()
    await drop()
  })
  return () => {
    if (server === undefined) throw new Error('The server is opened before the tests, not while they are collected')
    return server
  }
}
