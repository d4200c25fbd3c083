import { createServer } from 'node:net'
import { createApp, startServer } from '@tidemill/api'
import { createPostgresDatabase, freePort } from '@tidemill/testkit'
import { describe, expect, inject, test } from 'vitest'
import { openDatabaseLine } from './database-line.ts'
import { findPostgresBinaries, startPrivatePostgres } from './private-postgres.ts'
import { type Answer, MLFLOW, openTestServer, TIDEMILL, useServer } from './server-fixture.ts'

describe('a server', () => {
  const server = useServer()

  test('takes any free port and says where it is', async () => {
    await using running = await startServer(server().context)
    expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    expect(await (await fetch(`${running.url}/health`)).text()).toBe('OK')
  })

  test('that finds its port taken says which and what to do', async () => {
    const taken = createServer()
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    const { context } = server()
    await expect(startServer({ ...context, config: { ...context.config, port } })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another program. Stop it, or choose another one with --port.`,
    )
    taken.close()
  })

  test('that others can reach warns', async () => {
    const { context, logs } = server()
    await using running = await startServer({ ...context, config: { ...context.config, host: '0.0.0.0' } })
    expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect(logs).toContainEqual(expect.objectContaining({ level: 40, host: '0.0.0.0' }))
  })

  test('closes within a second while a client keeps its connection', async () => {
    const running = await startServer(server().context)
    await (await fetch(`${running.url}/health`)).text()
    const upload = fetch(`${running.url}/api/2.0/mlflow-artifacts/artifacts/slow`, {
      method: 'PUT',
      duplex: 'half',
      body: new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('x')) }),
    } as RequestInit).catch((error: unknown) => error)
    const started = performance.now()
    await running[Symbol.asyncDispose]()
    expect(performance.now() - started).toBeLessThan(1000)
    expect(await upload).toBeInstanceOf(Error)
  })
})

describe('errors', () => {
  const services = inject('services')

  test('of the inside say nothing of it, and the log has the cause under the request id', async () => {
    const server = await openTestServer()
    await using _ = { [Symbol.asyncDispose]: () => server.close() }
    const broken = {
      ...server.context.tracking,
      getRunJson: () => Promise.reject(new Error('secret detail', { cause: new Error('deeper') })),
    }
    const app = createApp({ ...server.context, tracking: broken })
    const answer = await app.inject({
      method: 'GET',
      url: `${MLFLOW}/runs/get?run_id=abc`,
      headers: { 'x-request-id': 'req-7' },
    })
    await app.close()
    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      {
        error_code: 'INTERNAL_ERROR',
        message: `Internal error. The server's log has the cause under request id req-7.`,
      },
    ])
    const line = server.logs.find(({ msg }) => msg === 'request failed')
    expect(line).toMatchObject({ level: 50, requestId: 'req-7', runId: 'abc' })
    expect(JSON.stringify(line)).toMatch(/secret detail.*deeper/)
  })

  test.skipIf(!services.postgres.isAvailable)(
    'while Postgres is away are 503 with Retry-After, and end when it is back',
    async () => {
      if (!services.postgres.isAvailable) return
      const database = await createPostgresDatabase(services.postgres.url)
      const line = await openDatabaseLine(database.uri)
      const server = await openTestServer({ backendStoreUri: line.uri, isEmbedded: false })
      const urls = [`${MLFLOW}/experiments/get?experiment_id=0`, `${TIDEMILL}/queue`, '/', '/ready']
      for (const url of urls) expect([url, (await server.get(url)).status]).toEqual([url, 200])

      await line.cut()
      for (const url of urls.slice(0, -1)) {
        const answer = await server.get(url)
        expect([url, answer.status, answer.json?.error_code]).toEqual([url, 503, 'TEMPORARILY_UNAVAILABLE'])
        expect(answer.headers['retry-after']).toBe('2')
        expect(answer.text).not.toMatch(/postgres(ql)?:|127\.0\.0\.1|test_/)
      }
      expect(await server.get('/ready')).toMatchObject({
        status: 503,
        json: { status: 'unavailable', parts: { database: { status: 'down' } } },
      })
      expect((await server.get('/health')).status).toBe(200)

      await line.restore()
      for (const url of urls) expect([url, (await server.get(url)).status]).toEqual([url, 200])
      await server.close()
      await line.cut()
      await database.drop()
    },
  )

  test.skipIf(findPostgresBinaries() === undefined)(
    'are 503 for requests under way when Postgres is killed, and end when it runs again',
    async () => {
      await using postgres = await startPrivatePostgres()
      const server = await openTestServer({ backendStoreUri: postgres.uri, isEmbedded: false })
      const created = await server.post(`${MLFLOW}/runs/create`, { experiment_id: '0' })
      const runId: string = created.json.run.info.run_id
      const answers: { readonly metricStep: number; readonly answer: Answer }[] = []
      let isStopping = false
      let count = 0
      const client = async (): Promise<void> => {
        while (!isStopping) {
          const metricStep = ++count
          const metric = { run_id: runId, key: 'loss', value: 1, timestamp: metricStep, step: metricStep }
          answers.push({ metricStep, answer: await server.post(`${MLFLOW}/runs/log-metric`, metric) })
        }
      }
      const clients = Array.from({ length: 8 }, client)
      const seen = (status: number, from = 0) => answers.slice(from).some(({ answer }) => answer.status === status)

      await expect.poll(() => seen(200), { timeout: 10_000 }).toBe(true)
      await postgres.kill()
      await expect.poll(() => seen(503), { timeout: 10_000 }).toBe(true)
      expect((await server.get('/health')).status).toBe(200)
      await postgres.start()
      const restartedAt = answers.length
      await expect.poll(() => seen(200, restartedAt), { timeout: 10_000 }).toBe(true)
      isStopping = true
      await Promise.all(clients)

      for (const { answer } of answers.filter((each) => each.answer.status !== 200)) {
        expect([answer.status, answer.json.error_code]).toEqual([503, 'TEMPORARILY_UNAVAILABLE'])
        expect(answer.headers['retry-after']).toBe('2')
      }
      const kept = await server.get(`${MLFLOW}/metrics/get-history`, { run_id: runId, metric_key: 'loss' })
      const steps = new Set(kept.json.metrics.map(({ step }: { step: string | number }) => Number(step)))
      const lost = answers.filter(({ metricStep, answer }) => answer.status === 200 && !steps.has(metricStep))
      expect(lost.map(({ metricStep }) => metricStep)).toEqual([])
      await server.close()
    },
  )

  test('of a Postgres that is not there name it at the start', async () => {
    const port = await freePort()
    await expect(openTestServer({ backendStoreUri: `postgresql://postgres@127.0.0.1:${port}/x` })).rejects.toThrow(
      `connect ECONNREFUSED 127.0.0.1:${port}`,
    )
  })
})
