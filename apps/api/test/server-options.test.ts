import { describe, expect, test } from 'vitest'
import { ARTIFACTS, MLFLOW, type TestServer, TIDEMILL, useServer } from './server-fixture.ts'

const OTHER_SITE = { host: 'evil.example', origin: 'https://evil.example' }

describe('a server of artifacts only', () => {
  const server = useServer(undefined, { mode: 'artifacts' })

  test.each([
    `${MLFLOW}/experiments/get?experiment_id=0`,
    '/ajax-api/2.0/mlflow/experiments/get?experiment_id=0',
    `${TIDEMILL}/queue`,
    '/get-artifact?run_id=x&path=y',
    '/',
  ])('closes %s with 503 and the way out', async (url) => {
    const { status, headers, text } = await server().get(url)
    expect([status, headers['content-type']]).toEqual([503, 'text/plain; charset=utf-8'])
    expect(text).toBe(
      `Endpoint: ${url.split('?', 1)[0]} disabled due to the mlflow server running in \`--artifacts-only\` mode. To enable tracking server functionality, run \`mlflow server\` without \`--artifacts-only\``,
    )
  })

  test.each(['/health', '/ready', '/version', '/openapi.json', '/api/2.0/mlflow-artifacts/artifacts'])(
    'keeps %s open',
    async (url) => {
      expect((await server().get(url)).status).toBe(200)
    },
  )
})

describe('a server without the proxy', () => {
  const server = useServer(undefined, { mode: 'tracking' })

  test('closes the proxy alone', async () => {
    expect((await server().get(`${MLFLOW}/experiments/get?experiment_id=0`)).status).toBe(200)
    const { status, text } = await server().get(`${ARTIFACTS}/a.txt`)
    expect(status).toBe(503)
    expect(text).toMatch(/^Endpoint: \/api\/2\.0\/mlflow-artifacts\/artifacts\/\* disabled .*`--no-serve-artifacts`/)
  })
})

describe('a server with a static prefix', () => {
  const server = useServer(undefined, { staticPrefix: '/mlflow' })

  test.each<[string, number]>([
    ['/mlflow/', 200],
    ['/mlflow/page.js', 200],
    ['/mlflow/ajax-api/2.0/mlflow/experiments/get?experiment_id=0', 200],
    [`${MLFLOW}/experiments/get?experiment_id=0`, 200],
    ['/health', 200],
    ['/ready', 200],
    ['/', 404],
    ['/ajax-api/2.0/mlflow/experiments/get?experiment_id=0', 404],
    [`/mlflow${MLFLOW}/experiments/get?experiment_id=0`, 404],
  ])('answers %s with %i', async (url, status) => {
    expect((await server().get(url)).status).toBe(status)
  })

  test('links its pages to each other below it, and to the API without it', async () => {
    const { text } = await server().get('/mlflow/')
    const links = [...text.matchAll(/(?:href|src)="(\/[^"]*)"/g)].map((match) => match[1] ?? '')
    expect(links.length).toBeGreaterThan(5)
    expect(links.filter((link) => !/^\/(mlflow\/|api\/|ready$|openapi\.json$)/.test(link))).toEqual([])
    expect((await server().get('/mlflow/page.js')).text).toContain("'/mlflow/runs/'")
  })
})

describe('frame options', () => {
  const denying = useServer(undefined, { frameOptions: 'DENY' })
  const open = useServer(undefined, { frameOptions: 'NONE' })

  test('DENY lets nobody frame a page', async () => {
    const { headers } = await denying().get('/')
    expect(headers['x-frame-options']).toBe('DENY')
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  })

  test('NONE leaves the header and the directive out', async () => {
    const { headers } = await open().get('/')
    expect(headers['x-frame-options']).toBeUndefined()
    expect(headers['content-security-policy']).toMatch(/form-action 'self'$/)
    expect(headers['content-security-policy']).not.toContain('frame-ancestors')
  })
})

describe('the checks of Host and Origin', () => {
  const guarded = useServer()
  const unguarded = useServer(undefined, { isSecurityDisabled: true })
  const anyHost = useServer(undefined, { allowedHosts: ['*'], corsAllowedOrigins: ['*'] })

  test.each([
    ['refuse another host', guarded, 403],
    ['are off where a proxy makes them', unguarded, 200],
    ['take every host and origin with *', anyHost, 200],
  ] as const)('%s', async (_case, server, status) => {
    const answer = await server().request({
      method: 'POST',
      url: `${MLFLOW}/experiments/search`,
      headers: { ...OTHER_SITE, 'content-type': 'application/json' },
      payload: '{}',
    })
    expect(answer.status).toBe(status)
  })
})

describe('/metrics', () => {
  const counting = useServer(undefined, { exposeMetrics: true, mode: 'artifacts' })
  const plain = useServer()

  test('counts requests by the pattern of their route, not by URL', async () => {
    await counting().get(`${ARTIFACTS}/one.txt`)
    await counting().get(`${ARTIFACTS}/two.txt`)
    await counting().get('/nowhere/at/all')
    const { status, headers, text } = await counting().get('/metrics')
    expect([status, String(headers['content-type'])]).toEqual([
      200,
      expect.stringContaining('text/plain; version=0.0.4'),
    ])
    expect(text).toContain(
      'tidemill_http_requests_total{method="GET",route="/api/2.0/mlflow-artifacts/artifacts/*",status="404"} 2',
    )
    expect(text).toContain('tidemill_http_requests_total{method="GET",route="unknown",status="404"} 1')
    expect(text).toContain('tidemill_http_requests_in_flight 1')
    expect(text).toContain('tidemill_database_up 1')
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m)
    expect(text).not.toContain('one.txt')
  })

  test('is not there unless it was asked for', async () => {
    const { status, json } = await plain().get('/metrics')
    expect([status, json.error_code]).toEqual([404, 'ENDPOINT_NOT_FOUND'])
  })
})

describe('long values', () => {
  const cutting = useServer()
  const refusing = useServer(undefined, { truncateLongValues: false })
  const long = 'x'.repeat(8001)
  const calls: readonly (readonly [string, object, string])[] = [
    [
      'runs/log-parameter',
      { key: 'p', value: 'x'.repeat(6001) },
      "'value' exceeds the maximum length of 6000 characters",
    ],
    ['runs/set-tag', { key: 't', value: long }, "'value' exceeds the maximum length of 8000 characters"],
    [
      'runs/log-batch',
      {
        tags: [
          { key: 'a', value: 'b' },
          { key: 't', value: long },
        ],
      },
      "'tags[1].value' exceeds the maximum length of 8000 characters",
    ],
    [
      'runs/create',
      { experiment_id: '0', tags: [{ key: 't', value: long }] },
      "'tags[0].value' exceeds the maximum length of 8000 characters",
    ],
  ]

  test.each(calls)('of %s are cut, or refused by the setting', async (path, message, text) => {
    const send = async (server: () => TestServer) => {
      const { json } = await server().post(`${MLFLOW}/runs/create`, { experiment_id: '0' })
      return server().post(`${MLFLOW}/${path}`, { run_id: json.run.info.run_id, ...message })
    }
    expect((await send(cutting)).status).toBe(200)
    expect(await send(refusing)).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message: text },
    })
  })
})

describe('limits that are settings', () => {
  const server = useServer(undefined, { artifactLocationMaxLength: 20 })

  test('an artifact location may be as long as the setting says', async () => {
    const create = (name: string, artifactLocation: string) =>
      server().post(`${MLFLOW}/experiments/create`, { name, artifact_location: artifactLocation })
    expect((await create('short', 's3://bucket/aaaaaaaa')).status).toBe(200)
    const { status, json } = await create('long', 's3://bucket/aaaaaaaaa')
    expect([status, json.message]).toEqual([400, expect.stringContaining('cannot be greater than 20 characters')])
  })
})
