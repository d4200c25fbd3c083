import { createApp } from '@tidemill/api'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { fastify } from 'fastify'
import { describe, expect, test } from 'vitest'
import type { Access } from '../src/http/endpoint.ts'
import { mount } from '../src/http/mount.ts'
import { mounts } from '../src/routes.ts'
import { MLFLOW, useServer } from './server-fixture.ts'

const server = useServer()

const endpoints = mounts.flatMap(({ prefixes, endpoints: each }) =>
  each.map(({ id, methods, path, access }) => ({ id, methods, path, access, url: `${prefixes[0]}${path}` })),
)

const toDocument = (): string =>
  [
    '# Routes',
    '',
    'Every route of the server: row of the specification, method, path below the prefixes, who may call it. Kept by `apps/api/test/routes.test.ts`; the calls of our own are explained in [api.md](api.md).',
    ...mounts.flatMap(({ prefixes, endpoints: each }) => [
      '',
      `## ${prefixes.map((prefix) => `\`${prefix}/\``).join(', ')}`,
      '',
      ...each.map(
        ({ id, methods, path, access }) => `- ${id} \`${methods.join(', ')} ${path}\` (${describeAccess(access)})`,
      ),
    ]),
    '',
  ].join('\n')

const describeAccess = (access: Access): string =>
  access === 'public' ? access : Object.entries(access).flat().join(' ')

describe('every route', () => {
  test('has an access entry', () => {
    for (const endpoint of endpoints) expect(endpoint).toHaveProperty('access')
    expect(endpoints.length).toBeGreaterThan(130)
  })

  test('is in docs/routes.md, with its row of the specification and who may call it', async () => {
    await expect(toDocument()).toMatchFileSnapshot('../../../docs/routes.md')
  })

  test('is registered once for each of its prefixes', () => {
    const app: FastifyInstance = createApp(server().context)
    for (const { prefixes, endpoints: each } of mounts) {
      for (const prefix of prefixes) {
        for (const { methods, path } of each) {
          for (const method of methods) expect(app.hasRoute({ method, url: `${prefix}${path}` })).toBe(true)
        }
      }
    }
  })

  test('without an access entry stops the server from starting', () => {
    const app = fastify()
    mount(app, [], {
      ...server().context,
      logTails: { followedCount: 0, follow: fail, [Symbol.asyncDispose]: fail },
      closing: new AbortController().signal,
    })
    const route: RouteOptions = { method: 'GET', url: '/forgotten', handler: async () => 'x' }
    expect(() => app.route(route)).toThrow('GET /forgotten has no access entry')
  })
})

const fail = (): never => {
  throw new Error('not used')
}

describe('a route that is not built', () => {
  const unbuilt = [
    '/api/3.0/mlflow/scorers/list',
    '/ajax-api/3.0/mlflow/datasets/x',
    '/api/3.0/mlflow/traces/x',
    '/graphql',
  ]

  test.each(unbuilt)('says so by name: %s', async (url) => {
    const { status, json } = await server().get(url)
    expect([status, json.error_code]).toEqual([501, 'NOT_IMPLEMENTED'])
    expect(json.message).toMatch(/^GET .* is not implemented by this server yet\.$/)
  })

  test('of logged models finds none, so that clients of MLflow 3 can list and download', async () => {
    expect(
      await server().post(`${MLFLOW}/logged-models/search`, { experiment_ids: ['0'], filter: `name = 'x'` }),
    ).toMatchObject({
      status: 200,
      json: { models: [] },
    })
  })
})

describe('an unknown route', () => {
  test.each([
    '/api/2.0/mlflow/no-such',
    '/api/3.0/mlflow/server-features',
    '/api/2.0/mlflow/workspaces',
    '/api/2.0/mlflow/experiments/create/',
    '/API/2.0/mlflow/runs/get',
    '/nope',
  ])('%s is a JSON 404 that clients can tell from a missing resource', async (url) => {
    const { status, json } = await server().get(url)
    expect([status, json.error_code]).toEqual([404, 'ENDPOINT_NOT_FOUND'])
  })

  test.each([
    ['PUT', '/ajax-api/2.0/mlflow/gateway-proxy'],
    ['GET', `${MLFLOW}/runs/create`],
    ['POST', `${MLFLOW}/runs/get`],
    ['PATCH', '/api/2.0/mlflow-artifacts/artifacts/x'],
    ['HEAD', '/get-artifact-archive'],
  ] as const)('%s %s is a 405 in plain text', async (method, url) => {
    const answer = await server().request({ method, url })
    expect([answer.status, answer.headers['content-type']]).toEqual([405, 'text/plain; charset=utf-8'])
    expect(answer.headers.allow).toBeDefined()
  })
})

describe('service routes', () => {
  test('health and version are plain text', async () => {
    expect((await server().get('/health')).text).toBe('OK')
    expect((await server().get('/version')).text).toMatch(/^3\.[0-3]\.\d+$/)
    expect((await server().request({ method: 'HEAD', url: '/health' })).status).toBe(200)
  })

  test('ready names its parts', async () => {
    const { status, json } = await server().get('/ready')
    expect([status, json]).toEqual([
      200,
      { status: 'ready', parts: { database: { status: 'up', latency_ms: expect.any(Number) } } },
    ])
  })
})
