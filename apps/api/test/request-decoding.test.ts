import { request as httpRequest } from 'node:http'
import { startServer } from '@tidemill/api'
import { describe, expect, test } from 'vitest'
import { MLFLOW, useServer } from './server-fixture.ts'

const server = useServer()
const CREATE = `${MLFLOW}/experiments/create`
const MISSING_NAME = `Missing value for required parameter 'name'.`

const post = (headers: Record<string, string>, payload: string) =>
  server().request({ method: 'POST', url: CREATE, headers, payload })

describe('the media type of a message', () => {
  test.each<readonly [string, string | undefined, string]>([
    ['missing', undefined, 'Bad Request. Content-Type header is missing.'],
    ...[
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/json garbage',
      ' application/json',
      'application/json\ta',
      'application/jsonx',
      'application/json,text/html',
      '<script>alert(1)</script>',
    ].map((type) => [type, type, `Bad Request. Content-Type must be one of ['application/json'].`] as const),
  ])('%s is refused', async (_, type, message) => {
    const answer = await post(type === undefined ? {} : { 'content-type': type }, '{"name":"csrf"}')
    expect(answer).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE', message } })
    expect(answer.text).not.toContain('script')
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'application/json;x', 'Application/JSON'])(
    '%s is taken',
    async (type) => {
      expect((await post({ 'content-type': type }, '{}')).json.message).toContain(MISSING_NAME)
    },
  )
})

describe('a body', () => {
  const json = { 'content-type': 'application/json' }

  test.each(['', 'not json', '[]', '1', 'null', '{"name":', '"text"'])(
    '%j counts as an empty message',
    async (body) => {
      const answer = await post(json, body)
      expect([answer.status, answer.json.message]).toEqual([400, expect.stringContaining(MISSING_NAME)])
    },
  )

  test('may be encoded twice', async () => {
    const answer = await post(json, JSON.stringify(JSON.stringify({ name: 123 })))
    expect(answer.json.message).toContain(`Invalid value 123 for parameter 'name'`)
  })

  test('replaces the query string of a GET that has none', async () => {
    const answer = await server().request({
      method: 'GET',
      url: `${MLFLOW}/experiments/get`,
      headers: json,
      payload: '{"experiment_id": 0}',
    })
    expect(answer.json.experiment).toMatchObject({ name: 'Default' })
  })

  test('of a poisoned prototype changes nothing', async () => {
    await post(json, '{"__proto__":{"name":"polluted"},"constructor":{"prototype":{"name":"polluted"}}}')
    expect(Reflect.get({}, 'name')).toBeUndefined()
  })

  test.each([
    [CREATE, 1024 * 1024],
    [`${MLFLOW}/runs/log-batch`, 16 * 1024 * 1024],
  ])('of %s may have %i bytes and not one more', async (url, limit) => {
    const filled = (size: number) => `{"x":"${'a'.repeat(size - 8)}"}`
    const atLimit = await server().request({ method: 'POST', url, headers: json, payload: filled(limit) })
    expect(atLimit.status).toBe(400)
    const above = await server().request({ method: 'POST', url, headers: json, payload: filled(limit + 1) })
    expect([above.status, above.json.message]).toEqual([413, expect.stringContaining(`${limit} bytes`)])
  })

  test('that is too large is refused before it was sent', async () => {
    await using running = await startServer(server().context)
    const { port } = new URL(running.url)
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: CREATE,
        headers: { ...json, 'content-length': String(1024 ** 4) },
      })
      request.on('response', (response) => resolve([response.statusCode, response.headers.connection]))
      request.on('error', reject)
      request.flushHeaders()
    })
    expect(status).toEqual([413, 'close'])
  })

  test('without a length is cut off at the limit', async () => {
    await using running = await startServer(server().context)
    const { port } = new URL(running.url)
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, method: 'POST', path: CREATE, headers: json })
      request.on('response', (response) => resolve(response.statusCode))
      request.on('error', reject)
      for (let sent = 0; sent < 20; sent++) request.write('a'.repeat(64 * 1024))
    })
    expect(status).toBe(413)
  })
})
