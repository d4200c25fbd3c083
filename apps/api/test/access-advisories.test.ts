import { createHash, randomUUID } from 'node:crypto'
import { createApp } from '@tidemill/api'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createAccess } from '../src/auth/create-access.ts'
import { ARTIFACTS, MLFLOW, openTestServer, TIDEMILL, useServer } from './server-fixture.ts'
import { type AlicesThings, basicAuth, makeAlicesThings, PASSWORDS, useUsersServer } from './users-fixture.ts'

/** The advisories of spec/security.md §3.7 and §3.8 that concern what this server has, each by its id. */
const server = useUsersServer()
let things: AlicesThings

beforeAll(async () => {
  things = await makeAlicesThings(server(), `alices-${randomUUID()}`)
}, 60_000)

describe('CVE-2023-6014: accounts are made by admins', () => {
  test.each([
    [undefined, 401],
    ['bob', 403],
    ['root', 200],
  ] as const)('%s is answered %d', async (user, status) => {
    const body = { username: `new-${user}`, password: 'long enough for anyone' }
    expect(await server().sendAs(user, `${MLFLOW}/users/create`, body)).toMatchObject({ status })
  })
})

describe('CVE-2025-1474, CVE-2025-11200: passwords are long and not well known', () => {
  test.each([
    ['', 'at least 12'],
    [undefined, "'password'"],
    [null, "'password'"],
    ['eleven char', 'at least 12'],
    ['password1234', 'tried first'],
    ['PASSWORD1234', 'tried first'],
    ['aaaaaaaaaaaaaaa', 'tried first'],
    ['x'.repeat(10).concat('y'.repeat(1015)), 'at most 1024'],
  ])('%j is refused', async (password, text) => {
    const answer = await server().sendAs('root', `${MLFLOW}/users/create`, { username: 'weak', password })
    expect([answer.status, answer.json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(answer.json.message).toContain(text)
  })

  test('the user name is no password', async () => {
    const body = { username: 'a-very-long-name', password: 'A-Very-Long-Name' }
    expect(await server().sendAs('root', `${MLFLOW}/users/create`, body)).toMatchObject({ status: 400 })
  })

  test('one of many scripts works, however it is composed', async () => {
    const password = 'Pässwörter für ﬁxe データ'
    expect(
      await server().sendAs('root', `${MLFLOW}/users/create`, {
        username: 'unicode',
        password: password.normalize('NFD'),
      }),
    ).toMatchObject({ status: 200 })
    const headers = basicAuth('unicode', password.normalize('NFC'))
    expect(
      await server().request({ method: 'GET', url: `${MLFLOW}/users/get?username=unicode`, headers }),
    ).toMatchObject({ status: 200, json: { user: { username: 'unicode', is_admin: false } } })
  })

  test(
    'ten wrong ones in a minute close the account to that address, and to no other',
    { timeout: 60_000 },
    async () => {
      const attempt = (password: string, remoteAddress: string) =>
        server().request({
          method: 'GET',
          url: '/',
          remoteAddress,
          headers: basicAuth('dave', password),
        })
      for (let wrong = 0; wrong < 10; wrong++) {
        expect(await attempt(`wrong password ${wrong}`, '10.1.1.1')).toMatchObject({ status: 401 })
      }
      const closed = await attempt('wrong password', '10.1.1.1')
      expect([closed.status, closed.headers['retry-after']]).toEqual([429, '2'])
      expect(await attempt(PASSWORDS.dave, '10.2.2.2')).toMatchObject({ status: 200 })
    },
  )
})

describe('CVE-2026-2635: there is no password by default', () => {
  test('a server without an admin and without a password for one does not start, and says what to set', async () => {
    await expect(openTestServer({ auth: {} })).rejects.toThrow(/Set TIDEMILL_ADMIN_PASSWORD .* at least 12 characters/)
  })

  test("MLflow's own is refused, and logs nobody in", async () => {
    await expect(openTestServer({ auth: { adminPassword: 'password1234' } })).rejects.toThrow('tried first')
    const headers = basicAuth('admin', 'password1234')
    expect(await server().request({ method: 'GET', url: '/', headers })).toMatchObject({ status: 401 })
  })
})

test('CVE-2026-2652: without a log-in the answer is a challenge in plain text', async () => {
  const answer = await server().getAs(undefined, `${MLFLOW}/experiments/search`)
  expect(answer).toMatchObject({
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="mlflow"', 'content-type': 'text/plain; charset=utf-8' },
    text: 'You are not authenticated. Please see https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow on how to authenticate.',
  })
  for (const url of ['/health', '/version', '/ready']) {
    expect(await server().getAs(undefined, url)).toMatchObject({ status: 200 })
  }
})

test.each(['Basic', 'Basic !!!', 'Basic OnB3', 'Bearer nothing', 'Digest x', `Basic ${'A'.repeat(8000)}`])(
  'the header %j logs nobody in',
  async (authorization) => {
    expect(await server().request({ method: 'GET', url: '/', headers: { authorization } })).toMatchObject({
      status: 401,
    })
  },
)

test('CVE-2024-4263: who may edit may not delete artifacts', async () => {
  const url = `${ARTIFACTS}/${things.experimentId}/${things.runId}/artifacts/x`
  expect(await server().as('dave', { method: 'PUT', url, payload: 'x' })).toMatchObject({ status: 200 })
  expect(await server().as('dave', { method: 'DELETE', url })).toMatchObject({ status: 403, text: 'Permission denied' })
  expect(await server().as('alice', { method: 'DELETE', url })).toMatchObject({ status: 200 })
})

test('CVE-2026-2651: nobody else makes, completes or aborts an upload', async () => {
  const id = createHash('md5').update('x').digest('hex')
  for (const user of ['bob', 'carol'] as const) {
    for (const call of ['create', 'complete', 'abort']) {
      const url = `/api/2.0/mlflow-artifacts/mpu/${call}/${things.experimentId}/${things.runId}/artifacts`
      const body = { path: 'model', num_parts: 1, upload_id: id, parts: [] }
      expect(await server().sendAs(user, url, body)).toMatchObject({ status: 403 })
    }
  }
})

test('CVE-2026-2651: an upload is bound to the path that it was made for', async () => {
  const mpu = '/api/2.0/mlflow-artifacts/mpu'
  const folder = `${things.experimentId}/${things.runId}/artifacts`
  const { json: upload } = await server().sendAs('alice', `${mpu}/create/${folder}`, { path: 'model', num_parts: 1 })
  expect(upload.credentials[0].headers.Authorization).toMatch(/^Basic /)
  const { json } = await server().sendAs('dave', `${MLFLOW}/experiments/create`, { name: randomUUID() })
  const elsewhere = `${json.experiment_id}/x/artifacts`
  const body = { path: 'model', upload_id: upload.upload_id, parts: [{ part_number: 1, etag: 'x' }] }
  expect(await server().sendAs('dave', `${mpu}/complete/${elsewhere}`, body)).toMatchObject({
    status: 404,
    json: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
  })
  // An abort of what there is not is no error; the upload goes on.
  await server().sendAs('dave', `${mpu}/abort/${elsewhere}`, body)
  const url = `${mpu}/part/${upload.upload_id}/1`
  expect(await server().as('alice', { method: 'PUT', url, payload: 'x' })).toMatchObject({ status: 200 })
})

describe('CVE-2026-2734: searches show nobody what is not theirs', () => {
  test.each([
    ['POST', `${MLFLOW}/experiments/search`, { max_results: 10 }, 'experiments'],
    ['GET', `${MLFLOW}/registered-models/search`, {}, 'registered_models'],
    ['GET', `${MLFLOW}/model-versions/search`, {}, 'model_versions'],
    ['GET', '/ajax-api/2.0/mlflow/model-versions/search', {}, 'model_versions'],
  ] as const)('%s %s', async (method, url, body, field) => {
    const { modelName, runId } = things
    await server().sendAs('alice', `${MLFLOW}/model-versions/create`, {
      name: modelName,
      source: `runs:/${runId}/model`,
      run_id: runId,
    })
    const namesFor = async (user: 'alice' | 'bob' | 'carol') => {
      const answer = method === 'GET' ? await server().getAs(user, url) : await server().sendAs(user, url, body)
      expect(answer.status).toBe(200)
      return (answer.json[field] ?? []).map(({ name }: { name: string }) => name)
    }
    expect(await namesFor('alice')).toContain(modelName)
    expect(await namesFor('carol')).toContain(modelName)
    expect(await namesFor('bob')).not.toContain(modelName)
  })

  test('runs and logged models of experiments that are not readable are left out', async () => {
    const { experimentId } = things
    const body = { experiment_ids: [experimentId], max_results: 10 }
    expect((await server().sendAs('alice', `${MLFLOW}/runs/search`, body)).json.runs).toHaveLength(1)
    expect((await server().sendAs('bob', `${MLFLOW}/runs/search`, body)).json.runs).toEqual([])
    expect((await server().sendAs('alice', `${MLFLOW}/logged-models/search`, body)).json.models).toHaveLength(1)
    expect((await server().sendAs('bob', `${MLFLOW}/logged-models/search`, body)).json.models).toEqual([])
  })

  test('a page is full although what stands between was left out, and no token counts it', async () => {
    const prefix = `page-${randomUUID()}`
    for (let index = 0; index < 6; index++) {
      const name = `${prefix}-${index}`
      const { json } = await server().sendAs('alice', `${MLFLOW}/experiments/create`, { name })
      if (index % 2 === 0) continue
      await server().sendAs('alice', `${MLFLOW}/experiments/permissions/create`, {
        experiment_id: json.experiment_id,
        username: 'bob',
        permission: 'NO_PERMISSIONS',
      })
    }
    const filter = `name LIKE '${prefix}%'`
    const search = async (page_token?: string) =>
      (
        await server().sendAs('bob', `${MLFLOW}/experiments/search`, {
          max_results: 2,
          filter,
          order_by: ['name'],
          page_token,
        })
      ).json
    const first = await search()
    expect(first.experiments.map(({ name }: { name: string }) => name)).toEqual([`${prefix}-0`, `${prefix}-2`])
    const second = await search(first.next_page_token)
    expect(second.experiments.map(({ name }: { name: string }) => name)).toEqual([`${prefix}-4`])
    expect(second.next_page_token).toBeUndefined()
  })
})

test.each(['/api', '/ajax-api'])('CVE-2026-33866: the files of a logged model are closed under %s', async (prefix) => {
  const paths = [
    `${prefix}/2.0/mlflow/logged-models/${things.modelId}/artifacts/directories`,
    ...(prefix === '/ajax-api'
      ? [`${prefix}/2.0/mlflow/logged-models/${things.modelId}/artifacts/files?artifact_file_path=x`]
      : []),
  ]
  for (const path of paths) expect(await server().getAs('bob', path)).toMatchObject({ status: 403 })
})

test('CVE-2026-69146: nobody else writes to a run, by whatever call', async () => {
  const { runId } = things
  const calls = {
    'log-inputs': { datasets: [], models: [{ model_id: things.modelId }] },
    outputs: { models: [{ model_id: things.modelId, step: 0 }] },
    'log-model': { model_json: '{"artifact_path":"a","flavors":{},"utc_time_created":"x"}' },
    'set-tag': { key: 'k', value: 'v' },
    'log-batch': { metrics: [], params: [], tags: [{ key: 'k', value: 'v' }] },
    update: { status: 'FINISHED' },
    delete: {},
    restore: {},
  }
  const before = await server().getAs('alice', `${MLFLOW}/runs/get`, { run_id: runId })
  for (const [call, body] of Object.entries(calls)) {
    for (const user of ['bob', 'carol'] as const) {
      const answer = await server().sendAs(user, `${MLFLOW}/runs/${call}`, { run_id: runId, ...body })
      expect([call, answer.status, answer.text]).toEqual([call, 403, 'Permission denied'])
    }
  }
  expect((await server().getAs('alice', `${MLFLOW}/runs/get`, { run_id: runId })).json).toEqual(before.json)
})

describe('CVE-2026-69148: what a request names beside its own thing must be readable too', () => {
  test.each([
    ['a run', () => ({ source: `runs:/${things.runId}/m`, run_id: things.runId })],
    [
      'a place',
      () => ({ source: `mlflow-artifacts:/${things.experimentId}/${things.runId}/artifacts/m`, run_id: things.runId }),
    ],
    ['a place without its run', () => ({ source: `mlflow-artifacts:/${things.experimentId}/x/y` })],
    ['a logged model', () => ({ source: `models:/${things.modelId}`, model_id: things.modelId })],
    ['a version', () => ({ source: `models:/${things.modelName}/1` })],
  ])('%s of a new version', async (_what, source) => {
    const name = `bobm-${randomUUID()}`
    expect(await server().sendAs('bob', `${MLFLOW}/registered-models/create`, { name })).toMatchObject({ status: 200 })
    expect(await server().sendAs('bob', `${MLFLOW}/model-versions/create`, { name, ...source() })).toMatchObject({
      status: 403,
      text: 'Permission denied',
    })
  })

  test("a metric of one's own run on the logged model of another", async () => {
    const { json } = await server().sendAs('bob', `${MLFLOW}/experiments/create`, { name: randomUUID() })
    const run = await server().sendAs('bob', `${MLFLOW}/runs/create`, { experiment_id: json.experiment_id })
    const metric = { key: 'm', value: 1, timestamp: 1, step: 0, model_id: things.modelId }
    const runId = run.json.run.info.run_id
    const answers = await Promise.all([
      server().sendAs('bob', `${MLFLOW}/runs/log-batch`, { run_id: runId, metrics: [metric] }),
      server().sendAs('bob', `${MLFLOW}/runs/log-metric`, { run_id: runId, ...metric }),
      server().sendAs('bob', `${MLFLOW}/logged-models`, {
        experiment_id: json.experiment_id,
        source_run_id: things.runId,
      }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403])
  })

  test('a place among the files of another for a new experiment', async () => {
    const body = { name: randomUUID(), artifact_location: `mlflow-artifacts:/${things.experimentId}/x` }
    expect(await server().sendAs('bob', `${MLFLOW}/experiments/create`, body)).toMatchObject({ status: 403 })
  })

  test('files that a parameter of a workflow run would bring to its step', async () => {
    const body = {
      project: { uri: 'file:///p' },
      experiment_name: randomUUID(),
      parameters: { x: `runs:/${things.runId}/m` },
    }
    expect(await server().sendAs('bob', `${TIDEMILL}/workflow-runs`, body)).toMatchObject({ status: 403 })
  })
})

describe('a change counts at once', () => {
  const makeUser = async (): Promise<{ readonly username: string; readonly headers: Record<string, string> }> => {
    const username = randomUUID()
    await server().sendAs('root', `${MLFLOW}/users/create`, { username, password: 'a first password' })
    const headers = basicAuth(username, 'a first password')
    expect(await server().request({ method: 'GET', url: '/', headers })).toMatchObject({ status: 200 })
    return { username, headers }
  }

  test('of a password: the old one logs nobody in', async () => {
    const { username, headers } = await makeUser()
    const body = JSON.stringify({ username, password: 'a second password' })
    const changed = await server().request({
      method: 'PATCH',
      url: `${MLFLOW}/users/update-password`,
      headers: { ...headers, 'content-type': 'application/json' },
      payload: body,
    })
    expect(changed.status).toBe(200)
    expect(await server().request({ method: 'GET', url: '/', headers })).toMatchObject({ status: 401 })
    expect(
      await server().request({ method: 'GET', url: '/', headers: basicAuth(username, 'a second password') }),
    ).toMatchObject({ status: 200 })
  })

  test('of a password, on another server of the same database', async () => {
    const { username, headers } = await makeUser()
    const { context } = server()
    const other = createApp({ ...context, ...(await createAccess(context.users, {})) })
    onTestFinished(() => other.close())
    const askOther = async () => (await other.inject({ method: 'GET', url: '/', headers })).statusCode
    expect(await askOther()).toBe(200)
    const body = { username, password: 'a second password' }
    await server().sendAs('root', `${MLFLOW}/users/update-password`, body, 'PATCH')
    expect(await askOther()).toBe(401)
  })

  test('of an admin who is one no longer, and of a user who was deleted', async () => {
    const { username, headers } = await makeUser()
    const webhooks = () => server().request({ method: 'GET', url: `${MLFLOW}/webhooks`, headers })
    expect(await webhooks()).toMatchObject({ status: 403 })
    await server().sendAs('root', `${MLFLOW}/users/update-admin`, { username, is_admin: true }, 'PATCH')
    expect(await webhooks()).toMatchObject({ status: 200 })
    await server().sendAs('root', `${MLFLOW}/users/update-admin`, { username, is_admin: false }, 'PATCH')
    expect(await webhooks()).toMatchObject({ status: 403 })
    await server().sendAs('root', `${MLFLOW}/users/delete`, { username }, 'DELETE')
    expect(await webhooks()).toMatchObject({ status: 401 })
  })
})

describe('permissions of registered models', () => {
  test('follow a rename and end with the model', async () => {
    const [name, newName] = [randomUUID(), randomUUID()]
    await server().sendAs('alice', `${MLFLOW}/registered-models/create`, { name })
    await server().sendAs('alice', `${MLFLOW}/registered-models/rename`, { name, new_name: newName })
    const permission = (modelName: string) =>
      server().getAs('alice', `${MLFLOW}/registered-models/permissions/get`, { name: modelName, username: 'alice' })
    expect(await permission(newName)).toMatchObject({
      status: 200,
      json: { registered_model_permission: { name: newName, permission: 'MANAGE' } },
    })
    await server().sendAs('alice', `${MLFLOW}/registered-models/delete`, { name: newName }, 'DELETE')
    await server().sendAs('bob', `${MLFLOW}/registered-models/create`, { name: newName })
    expect(await permission(newName)).toMatchObject({ status: 403 })
  })

  test("say what is wrong in MLflow's words", async () => {
    const url = `${MLFLOW}/experiments/permissions/create`
    const body = { experiment_id: things.experimentId, username: 'root', permission: 'OWN' }
    expect((await server().sendAs('alice', url, body)).json).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: "Invalid permission 'OWN'. Valid permissions are: READ, EDIT, MANAGE, NO_PERMISSIONS",
    })
    const unknown = await server().getAs('root', `${MLFLOW}/users/get`, { username: 'nobody' })
    expect([unknown.status, unknown.json]).toEqual([
      404,
      { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'User with username=nobody not found' },
    ])
  })
})

test('the log says who called, and never with which password', async () => {
  await server().getAs('carol', '/ready')
  await server().getAs('carol', `${MLFLOW}/experiments/get`, { experiment_id: things.experimentId })
  const lines = server().logs.filter(({ msg, user }) => msg === 'request' && user === 'carol')
  expect(lines.at(-1)).toMatchObject({ route: `${MLFLOW}/experiments/get`, experimentId: things.experimentId })
  const { authorization } = basicAuth('carol', PASSWORDS.carol)
  const everything = JSON.stringify(server().logs)
  for (const secret of Object.values(PASSWORDS)) expect(everything).not.toContain(secret)
  expect(everything).not.toContain(authorization?.slice('Basic '.length))
})

describe('a server that asks nobody who they are', () => {
  const open = useServer()
  test('has no users', async () => {
    expect(await open().get(`${MLFLOW}/users/get`, { username: 'x' })).toMatchObject({
      status: 404,
      json: { error_code: 'ENDPOINT_NOT_FOUND' },
    })
  })
})
