import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createClient } from './client.ts'
import { ApiError, ServerUnreachableError, UnexpectedAnswerError } from './errors.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const listen = async (handler: Handler): Promise<{ url: string; [Symbol.asyncDispose](): Promise<void> }> => {
  const server = createServer(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }

const workflowRun = {
  workflow_run_id: 'w1',
  run_id: 'r1',
  experiment_id: '0',
  name: 'main',
  state: 'QUEUED',
  project: { uri: '/p' },
  parameters: {},
  created_at: 1,
  steps: [],
}

describe('createClient', () => {
  test('submits with the idempotency key and answers the workflow run with warnings', async () => {
    const seen: { key?: unknown; body?: string; path?: string } = {}
    await using server = await listen((request, response) => {
      seen.key = request.headers['idempotency-key']
      seen.path = `${request.method} ${request.url}`
      request.setEncoding('utf8').on('data', (text: string) => (seen.body = (seen.body ?? '') + text))
      request.on('end', () => answer(202, { workflow_run: workflowRun, warnings: ['look'] })(request, response))
    })
    const client = createClient({ url: `${server.url}/` })
    const { workflow_run: submitted, warnings } = await client.submitWorkflowRun(
      { project: { uri: '/p' } },
      { idempotencyKey: 'once' },
    )
    expect(submitted.workflow_run_id).toBe('w1')
    expect(warnings).toEqual(['look'])
    expect(seen).toEqual({
      key: 'once',
      path: 'POST /api/tidemill/v1/workflow-runs',
      body: '{"project":{"uri":"/p"}}',
    })
  })

  test('joins states in the query and leaves out what is not given', async () => {
    let url: string | undefined
    await using server = await listen((request, response) => {
      url = request.url
      answer(200, { workflow_runs: [workflowRun], next_page_token: 't' })(request, response)
    })
    const page = await createClient(server).searchWorkflowRuns({ states: ['QUEUED', 'RUNNING'], maxResults: 7 })
    expect(url).toBe('/api/tidemill/v1/workflow-runs?state=QUEUED%2CRUNNING&max_results=7')
    expect(page.next_page_token).toBe('t')
  })

  test('turns an error body into an ApiError with code, findings and the time to wait', async () => {
    const findings = [{ file: 'MLproject', line: 3, message: 'unknown step' }]
    await using server = await listen(
      answer(503, { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'later', findings }, { 'retry-after': '2' }),
    )
    const error = await createClient(server)
      .getQueue()
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      status: 503,
      code: 'TEMPORARILY_UNAVAILABLE',
      message: 'later',
      findings,
      retryAfterMs: 2000,
    })
  })

  test('keeps the text of an error that is not JSON', async () => {
    await using server = await listen((_request, response) => {
      response.writeHead(502).end('<h1>Bad Gateway</h1>')
    })
    await expect(createClient(server).getQueue()).rejects.toThrow(/502 Bad Gateway: <h1>Bad Gateway/)
  })

  test('names the URL and what to start when nobody listens', async () => {
    const server = await listen(answer(200, {}))
    await server[Symbol.asyncDispose]()
    const error = await createClient(server)
      .getQueue()
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ServerUnreachableError)
    expect(String(error)).toContain(server.url)
    expect(String(error)).toContain('ECONNREFUSED')
    expect(String(error)).toContain('tidemill up')
  })

  test('gives up on a server that does not answer in time', async () => {
    await using server = await listen(() => undefined)
    await expect(createClient({ url: server.url, timeoutMs: 50 }).getQueue()).rejects.toThrow(/longer than 0.05 s/)
  })

  test.each([
    ['not JSON', '<html>', /it is not JSON but starts with '<html>'/],
    ['JSON of another shape', '{"hello": 1}', /depth/],
  ])('refuses an answer that is %s', async (_case, body, message) => {
    await using server = await listen((_request, response) => {
      response.writeHead(200).end(body)
    })
    const failure = createClient(server).getQueue()
    await expect(failure).rejects.toBeInstanceOf(UnexpectedAnswerError)
    await expect(failure).rejects.toThrow(message)
  })

  test('gives undefined for an experiment name that is not taken', async () => {
    await using server = await listen(answer(404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no' }))
    expect(await createClient(server).findExperimentByName('x')).toBeUndefined()
  })
})
