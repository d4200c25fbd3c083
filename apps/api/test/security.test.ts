import { connect } from 'node:net'
import { startServer } from '@tidemill/api'
import { describe, expect, test } from 'vitest'
import { mounts } from '../src/routes.ts'
import { MLFLOW, TIDEMILL, useServer } from './server-fixture.ts'

const server = useServer(undefined, {
  allowedHosts: ['tidemill.example.org', '*.ml.example.org', 'cluster:5000'],
  corsAllowedOrigins: ['https://notebooks.example.org'],
})

const withHost = (host: string, url = `${MLFLOW}/experiments/get?experiment_id=0`) =>
  server().request({ method: 'GET', url, headers: { host } })

describe('the Host header', () => {
  test.each([
    'evil.com',
    'evil.com:5000',
    '127.0.0.1.evil.com',
    'localhost.evil.com',
    '10.evil.com',
    '192.168.evil.com:80',
    '8.8.8.8',
    '172.32.0.1',
    '[2001:db8::1]:5000',
    '127.1',
    '2130706433',
    'a@127.0.0.1',
    'tidemill.example.org.evil.com',
    'ml.example.org',
    'localhost:5000:5000',
  ])('%s is refused', async (host) => {
    const answer = await withHost(host)
    expect([answer.status, answer.headers['content-type']]).toEqual([403, 'text/plain; charset=utf-8'])
    expect(answer.text).toMatch(/^Invalid Host header/)
  })

  test.each([
    'localhost',
    'localhost:5000',
    'LOCALHOST:5000',
    '127.0.0.1:5000',
    '127.8.9.1',
    '[::1]:5000',
    '0.0.0.0:5000',
    '10.0.0.7',
    '172.16.3.4:80',
    '192.168.1.9:5000',
    '[fd00::1]',
    'tidemill.example.org',
    'tidemill.example.org:443',
    'a.ml.example.org:8080',
    'cluster:5000',
  ])('%s is served', async (host) => {
    expect((await withHost(host)).status).toBe(200)
  })

  test('does not matter to health and version', async () => {
    expect((await withHost('evil.com', '/health')).status).toBe(200)
    expect((await withHost('evil.com', '/version')).status).toBe(200)
    expect((await withHost('evil.com', '/ready')).status).toBe(403)
  })

  test.each([
    ['two of them', 'GET /ready HTTP/1.1\r\nHost: localhost\r\nHost: localhost', 400],
    ['none', 'GET /ready HTTP/1.1', 400],
    ['an empty one', 'GET /ready HTTP/1.1\r\nHost:', 403],
  ])('%s is refused', async (_, head, status) => {
    expect(await exchange(head)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })
})

/** Sends a request as it is written, which clients would tidy up, and gives the whole answer. */
const exchange = async (head: string): Promise<string> => {
  await using running = await startServer(server().context)
  const { port } = new URL(running.url)
  return await new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(`${head}\r\nConnection: close\r\n\r\n`))
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}

describe('no spelling of a target goes around the checks', () => {
  const targets = [
    '/health',
    '/health/',
    '//health',
    '/./health',
    '/%68ealth',
    '/health?x=1',
    '/health#x',
    '/health;x',
    '/version',
    '/version/',
    '//version',
    '/ready',
    '/ready/',
    '//ready',
    '/',
    '//',
    '//localhost/ready',
    '/\\localhost/ready',
    '/API/2.0/mlflow/runs/create',
    `${MLFLOW}/runs/create`,
    `${MLFLOW}/runs/create/`,
    `/${MLFLOW}/runs/create`,
    `${MLFLOW}//runs/create`,
    `/x/..${MLFLOW}/runs/create`,
    `/ajax-api/2.0/mlflow/runs/create`,
    `${TIDEMILL}/workflow-runs/`,
    `/${TIDEMILL}/workflow-runs`,
    '/%',
    '/%zz',
    '/runs/%E0%A4%A',
    'http://localhost/health',
    'http://localhost/ready',
    `http://localhost${MLFLOW}/runs/create`,
    'localhost/ready',
    '*',
  ]
  const exempt = new Set(['/health', '/version', '//health', '//version'])
  const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

  test.each(targets)('%s with a foreign Host', async (target) => {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) {
      const answer = await exchange(`${method} ${target} HTTP/1.1\r\nHost: evil.com`)
      const allowed = exempt.has(target) ? [{ GET: 200, HEAD: 200, OPTIONS: 204 }[method] ?? 405] : [400, 403]
      expect([method, allowed]).toEqual([method, expect.arrayContaining([statusOf(answer)])])
      expect(answer).not.toMatch(/access-control-allow|Tidemill is|run_id/i)
    }
  })

  test.each(targets)('%s as a state change of a foreign page', async (target) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await exchange(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.com`)
      expect([method, [400, 403].includes(statusOf(answer)), answer.slice(0, 40)]).toEqual([
        method,
        true,
        answer.slice(0, 40),
      ])
    }
  })

  test.each([
    ['http://evil.com/ready', 400],
    ['//ready', 200],
    ['/ready/', 404],
    ['/ready', 200],
    ['/%zz', 400],
  ])('%s is answered with %i to a local client, with the security headers', async (target, status) => {
    const answer = await exchange(`GET ${target} HTTP/1.1\r\nHost: localhost`)
    expect(statusOf(answer)).toBe(status)
    expect(answer).toContain('x-content-type-options: nosniff')
  })
})

const stateChanges = mounts.flatMap(({ prefixes, endpoints }) =>
  prefixes.flatMap((prefix) =>
    endpoints.flatMap(({ methods, path }) =>
      methods.filter((method) => method !== 'GET').map((method) => ({ method, url: `${prefix}${path}` })),
    ),
  ),
)

describe('a state change from a page of another origin', () => {
  test.each([
    { origin: 'https://evil.com' },
    { origin: 'null' },
    { origin: 'http://localhost:8888' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('is refused on every route: %j', async (headers) => {
    expect(stateChanges.length).toBeGreaterThan(100)
    for (const { method, url } of stateChanges) {
      const answer = await server().request({ method, url, headers: { host: 'localhost:5000', ...headers } })
      expect([method, url, answer.status, answer.text]).toEqual([method, url, 403, 'Cross-origin request blocked'])
    }
  })

  test.each([
    {},
    { origin: 'http://localhost:5000' },
    { origin: 'http://localhost:5000', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://notebooks.example.org', 'sec-fetch-site': 'cross-site' },
  ])('is not what programs and our own pages send: %j', async (headers) => {
    const answer = await server().request({
      method: 'POST',
      url: `${MLFLOW}/experiments/search`,
      headers: { host: 'localhost:5000', 'content-type': 'application/json', ...headers },
      payload: '{}',
    })
    expect(answer.status).toBe(200)
  })
})

describe('CORS', () => {
  const preflight = (origin: string) =>
    server().request({
      method: 'OPTIONS',
      url: `${MLFLOW}/runs/create`,
      headers: { origin, 'access-control-request-method': 'POST' },
    })

  test('lets a listed origin in, without credentials', async () => {
    const { status, headers } = await preflight('https://notebooks.example.org')
    expect([status, headers['access-control-allow-origin']]).toEqual([204, 'https://notebooks.example.org'])
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
  })

  test('tells others nothing', async () => {
    const { status, headers } = await preflight('https://evil.com')
    expect(status).toBe(204)
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  })
})

describe('answers', () => {
  test.each(['/', '/health', '/nope', `${TIDEMILL}/queue`, `${MLFLOW}/experiments/get`])(
    'of %s carry the security headers and a request id',
    async (url) => {
      const { headers } = await server().request({ method: 'GET', url, headers: { 'x-request-id': 'abc-1' } })
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': expect.stringContaining(`default-src 'none'`),
        'x-request-id': 'abc-1',
      })
      expect(headers).not.toHaveProperty('server')
      expect(headers).not.toHaveProperty('x-powered-by')
    },
  )

  test.each(['a b', 'x'.repeat(65), '<script>'])('never echo the request id %j', async (id) => {
    const { headers } = await server().request({ method: 'GET', url: '/health', headers: { 'x-request-id': id } })
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})
