import { createHash, randomUUID } from 'node:crypto'
import { fastify } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Access } from '../src/http/endpoint.ts'
import { mount, type MountedRoute } from '../src/http/mount.ts'
import { mounts } from '../src/routes.ts'
import { type Answer, MLFLOW } from './server-fixture.ts'
import { type AlicesThings, makeAlicesThings, PASSWORDS, type UserName, useUsersServer } from './users-fixture.ts'

const server = useUsersServer()

/** Routes that show everybody what is theirs: no id in the request is needed, and none is refused. */
const LISTS = new Set(['E4', 'R6', 'L5', 'G6', 'V6', 'TM3'])
/** The random id of an upload is the right to send its parts. */
const CAPABILITIES = new Set(['TM20'])
/** Ours: what a caller may not read is not confirmed. */
const isOurs = (access: Access): boolean => typeof access === 'object' && 'workflowRun' in access

type Expected = 'in' | 'out' | 'unconfirmed'

/** The rule that every route follows, from its access entry alone. */
const expectedFor = ({ access, id, url }: MountedRoute, user: UserName | undefined): Expected => {
  if (access === 'public') return 'in'
  if (user === undefined) return 'out'
  if (user === 'root') return 'in'
  if ('server' in access) return access.server === 'READ' ? 'in' : 'out'
  if ('user' in access) return user === 'alice' ? 'in' : 'out'
  if (LISTS.has(id) || CAPABILITIES.has(id) || url === '/') return 'in'
  const [level] = Object.values(access)
  if (id === 'TM1') return user === 'alice' || user === 'dave' ? 'in' : 'out'
  if (level === 'CREATE' || user === 'alice') return 'in'
  if (user === 'bob') return isOurs(access) ? 'unconfirmed' : 'out'
  if (user === 'dave') return level === 'MANAGE' ? 'out' : 'in'
  return level === 'READ' ? 'in' : 'out'
}

const verdictOf = ({ status, text, headers }: Answer): string => {
  if (status === 401) return headers['www-authenticate'] === 'Basic realm="mlflow"' ? 'out' : 'a 401 without challenge'
  if (status === 403) return text === 'Permission denied' ? 'out' : `403 ${text}`
  return status >= 500 && status !== 501 ? `${status} ${text}` : 'in'
}

describe('who may call which route', () => {
  let routes: readonly MountedRoute[] = []
  let things: AlicesThings
  let workflow: { readonly workflowRunId: string; readonly attemptId: string }

  beforeAll(async () => {
    const { context } = server()
    routes = mount(fastify(), mounts, {
      ...context,
      logTails: { followedCount: 0, follow: unused, [Symbol.asyncDispose]: unused },
      closing: new AbortController().signal,
    }).filter(({ method }) => method !== 'HEAD')
    things = await makeAlicesThings(server(), 'alices')
    workflow = await submitFor(things.experimentId)
  }, 60_000)

  const submitFor = async (experimentId: string) => {
    const { workflowRun } = await server().context.engine.submit({
      experimentId,
      source: { kind: 'git', uri: 'file:///p', location: 'file:///p', subdirectory: '', sourceName: 'p', commit: 'c' },
      spec: { environment: { kind: 'python_env' }, entryPoints: [], workflows: [] },
      target: { kind: 'entry_point', entryPoint: 'main' },
      parameters: {},
      buildImage: false,
      priority: 0,
      labels: [],
      tags: [],
      userId: 'alice',
    })
    const attemptId = workflowRun.steps[0]?.cells[0]?.attempts[0]?.attemptId
    if (attemptId === undefined) throw new Error('no attempt')
    return { workflowRunId: workflowRun.workflowRunId, attemptId }
  }

  const send = (route: MountedRoute, user: UserName | undefined): Promise<Answer> => {
    const body = messageFor(route, things)
    const url = route.url
      .replace(':workflow_run_id', workflow.workflowRunId)
      .replace(':attempt_id', workflow.attemptId)
      .replace(':model_id', things.modelId)
      .replace(':run_id', things.runId)
      .replace(/:\w+/g, 'x')
      .replace('*', route.id === 'TM20' ? `${'0'.repeat(32)}/1` : `${things.experimentId}/${things.runId}/artifacts/f`)
    const isRead = route.method === 'GET'
    const query = toQuery(isRead ? body : pick(body, ['experiment_id', 'run_id', 'run_uuid', 'name', 'path']))
    const payload = JSON.stringify(body)
    return server().as(user, {
      method: toMethod(route.method),
      url: `${url}?${query}`,
      ...(isRead ? {} : { payload, headers: { 'content-type': 'application/json' } }),
    })
  }

  test.each([undefined, 'bob', 'carol', 'dave', 'alice', 'root'] as const)('%s', { timeout: 120_000 }, async (user) => {
    const wrong: string[] = []
    for (const route of routes) {
      const expected = expectedFor(route, user)
      // What is let in twice changes twice; the aliases of one endpoint share the function that lets it in.
      if (expected === 'in' && route.access !== 'public' && route.url.startsWith('/ajax-api/2.0/mlflow/')) continue
      if (expected === 'in' && isDestructive(route)) continue
      const answer = await send(route, user)
      const verdict =
        expected === 'unconfirmed' ? (answer.status === 404 ? 'unconfirmed' : answer.status) : verdictOf(answer)
      if (verdict !== expected)
        wrong.push(`${route.method} ${route.url}: ${verdict}, not ${expected}: ${answer.text.slice(0, 150)}`)
    }
    expect(wrong).toEqual([])
    expect(routes.length).toBeGreaterThan(200)
  })

  test('what was refused has changed nothing', async () => {
    const { experimentId, runId, modelName } = things
    const run = await server().getAs('alice', `${MLFLOW}/runs/get`, { run_id: runId })
    expect(run.json.run.info).toMatchObject({ lifecycle_stage: 'active', experiment_id: experimentId })
    const model = await server().getAs('alice', `${MLFLOW}/registered-models/get`, { name: modelName })
    expect(model.status).toBe(200)
  })

  test('whom a change would take the rights away is let in, and the owner only', { timeout: 60_000 }, async () => {
    for (const route of routes.filter(isDestructive)) {
      if (expectedFor(route, 'alice') !== 'in') continue
      things = await makeAlicesThings(server(), `alices-${randomUUID().slice(0, 8)}`)
      expect([route.url, verdictOf(await send(route, 'alice'))]).toEqual([route.url, 'in'])
    }
  })

  test('an unknown path and an unknown method are told apart only by who has logged in', async () => {
    const answers = await Promise.all([
      server().getAs(undefined, '/no/such/path'),
      server().as(undefined, { method: 'PUT', url: `${MLFLOW}/runs/get` }),
      server().getAs(undefined, '/healthz-admin'),
      server().getAs(undefined, '/health/x'),
      server().getAs('bob', '/no/such/path'),
    ])
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 404])
  })
})

const unused = (): never => {
  throw new Error('not used')
}

/** After these the next caller would be asked about something else. */
const isDestructive = ({ id, method }: MountedRoute): boolean =>
  ['B4', 'B5', 'B6', 'B10', 'B11', 'B14', 'B15', 'G2', 'G4', 'D-grant', 'D-revoke'].includes(id) ||
  (method === 'DELETE' && id !== 'R9')

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const toMethod = (method: string) => METHODS.find((each) => each === method) ?? 'GET'

const pick = (message: Readonly<Record<string, unknown>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(message).filter(([name]) => names.includes(name)))

const toQuery = (message: Readonly<Record<string, unknown>>): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(message)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (typeof each !== 'object') query.append(name, String(each))
    }
  }
  return query.toString()
}

/** Valid for every route: the fields of all messages, and the few whose types differ. */
const messageFor = ({ id, url }: MountedRoute, things: AlicesThings): Record<string, unknown> => {
  const { experimentId, runId, modelId, modelName } = things
  const isModel = /registered-models|model-versions/.test(url)
  const common = {
    experiment_id: experimentId,
    experiment_ids: [experimentId],
    run_id: id === 'N6' ? [runId] : runId,
    run_uuid: runId,
    run_ids: [runId],
    name: isModel ? modelName : randomUUID(),
    new_name: isModel ? modelName : randomUUID(),
    username: 'alice',
    password: `long enough ${createHash('sha1').update(url).digest('hex')}`,
    permission: 'MANAGE',
    resource_type: 'experiment',
    resource_id: experimentId,
    is_admin: false,
    key: 'k',
    value: 'v',
    metric_key: 'm',
    timestamp: 1,
    version: '1',
    alias: 'a',
    stage: 'None',
    source: `runs:/${runId}/model`,
    path: id === 'A2' ? experimentId : 'f',
    artifact_file_path: 'f',
    upload_id: '0'.repeat(32),
    num_parts: 1,
    parts: [],
    max_results: 10,
  }
  const own: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    E3: { experiment_name: modelName },
    R7: { value: 1 },
    R14: { models: [{ model_id: modelId, step: 0 }] },
    B4: { password: PASSWORDS.alice },
    R12: { model_json: '{"artifact_path":"a","flavors":{},"utc_time_created":"x","run_id":"x"}' },
    L1: { name: 'net', source_run_id: runId },
    L2: { status: 'LOGGED_MODEL_READY' },
    L6: { tags: [{ key: 'a', value: 'b' }] },
    N4: { name: modelName },
    TM1: { project: { uri: 'file:///no/such' } },
    V1: { source: `runs:/${runId}/model`, run_id: runId },
    W1: { events: [{ entity: 'MODEL_VERSION', action: 'CREATED' }], url: 'https://example.com/x' },
  }
  return { ...common, ...own[id] }
}
