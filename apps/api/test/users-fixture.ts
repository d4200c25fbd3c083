import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll } from 'vitest'
import { type Answer, MLFLOW, openTestServer, type TestServer } from './server-fixture.ts'

export const PASSWORDS = {
  root: 'a-root-of-all-trust',
  alice: 'alice-in-wonderland',
  bob: 'bob-builds-nothing',
  carol: 'carol-sings-readonly',
  dave: 'dave-edits-a-little',
} as const
export type UserName = keyof typeof PASSWORDS

export interface UsersServer extends TestServer {
  /** Undefined: nobody. */
  as(user: UserName | undefined, options: InjectOptions): Promise<Answer>
  getAs(user: UserName | undefined, path: string, query?: Readonly<Record<string, string>>): Promise<Answer>
  sendAs(user: UserName | undefined, path: string, body: unknown, method?: 'POST' | 'PATCH' | 'DELETE'): Promise<Answer>
}

/** What alice owns; bob has NO_PERMISSIONS on it, carol READ, dave EDIT. */
export interface AlicesThings {
  readonly experimentId: string
  readonly runId: string
  readonly modelId: string
  readonly modelName: string
}

export const basicAuth = (username: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
})

/** One server with users for the tests of the enclosing suite. */
export const useUsersServer = (): (() => UsersServer) => {
  let server: UsersServer | undefined
  beforeAll(async () => {
    server = withUsers(await openTestServer({ auth: { adminUsername: 'root', adminPassword: PASSWORDS.root } }))
    for (const username of ['alice', 'bob', 'carol', 'dave'] as const) {
      const created = await server.sendAs('root', `${MLFLOW}/users/create`, { username, password: PASSWORDS[username] })
      if (created.status !== 200) throw new Error(`Could not make ${username}: ${created.text}`)
    }
  }, 60_000)
  afterAll(() => server?.close())
  return () => {
    if (server === undefined) throw new Error('The server is opened before the tests')
    return server
  }
}

export const withUsers = (server: TestServer): UsersServer => {
  const as: UsersServer['as'] = (user, options) =>
    server.request({
      ...options,
      headers: { ...options.headers, ...(user === undefined ? {} : basicAuth(user, PASSWORDS[user])) },
    })
  return {
    ...server,
    as,
    getAs: (user, url, query = {}) => as(user, { method: 'GET', url, query: { ...query } }),
    sendAs: (user, url, body, method = 'POST') =>
      as(user, {
        method,
        url,
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify(body),
      }),
  }
}

export const makeAlicesThings = async (server: UsersServer, name: string): Promise<AlicesThings> => {
  const send = async (path: string, body: unknown) => {
    const answer = await server.sendAs('alice', `${MLFLOW}${path}`, body)
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`)
    return answer.json
  }
  const { experiment_id: experimentId } = await send('/experiments/create', { name })
  const { run } = await send('/runs/create', { experiment_id: experimentId, tags: [] })
  const { model } = await send('/logged-models', { experiment_id: experimentId, name: 'net' })
  await send('/registered-models/create', { name })
  const grants = { bob: 'NO_PERMISSIONS', carol: 'READ', dave: 'EDIT' }
  for (const [username, permission] of Object.entries(grants)) {
    await send('/experiments/permissions/create', { experiment_id: experimentId, username, permission })
    await send('/registered-models/permissions/create', { name, username, permission })
  }
  return { experimentId, runId: run.info.run_id, modelId: model.info.model_id, modelName: name }
}
