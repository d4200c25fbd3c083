import { runTidemill, startTidemill, type TidemillProcess } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from './world.ts'

const ADMIN = { MLFLOW_TRACKING_USERNAME: 'admin', MLFLOW_TRACKING_PASSWORD: 'correct horse battery' }
const ALICE = { MLFLOW_TRACKING_USERNAME: 'alice', MLFLOW_TRACKING_PASSWORD: 'alice-in-wonderland' }

const PROJECT = `
name: acts
entry_points:
  main: {parameters: {other: string}, command: "python3 step.py {other}"}
`

/** What a step may do with the token that it gets. */
const STEP = `
import json, os, sys, urllib.error, urllib.request

def call(path, body):
    request = urllib.request.Request(
        os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow" + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"]},
    )
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code

print("own run", call("/runs/log-parameter", {"run_id": os.environ["MLFLOW_RUN_ID"], "key": "by", "value": "step"}))
print("own experiment", call("/runs/create", {"experiment_id": os.environ["MLFLOW_EXPERIMENT_ID"]}))
print("other experiment", call("/runs/create", {"experiment_id": sys.argv[1]}))
print("deletes", call("/runs/delete", {"run_id": os.environ["MLFLOW_RUN_ID"]}))
print("administers", call("/users/create", {"username": "x", "password": "long enough for all"}))
print("token", os.environ["MLFLOW_TRACKING_TOKEN"])
print("admin password", os.environ.get("TIDEMILL_ADMIN_PASSWORD"))
`

describe('a server with users', () => {
  let world: World
  let up: TidemillProcess
  beforeAll(async () => {
    world = await createWorld()
    await world.project('acts', { MLproject: PROJECT, 'step.py': STEP })
    up = await startTidemill(['up', '--port', '0', '--app-name', 'basic-auth'], {
      ...world.environment,
      TIDEMILL_ADMIN_PASSWORD: ADMIN.MLFLOW_TRACKING_PASSWORD,
    })
  }, 60_000)
  afterAll(async () => {
    await up?.stop()
    await world[Symbol.asyncDispose]()
  })

  const tidemill = (args: readonly string[], login: Readonly<Record<string, string>>) =>
    runTidemill(args, { environment: { ...world.environment, ...login }, cwd: world.directory })

  const call = async (login: typeof ADMIN, path: string, body: unknown): Promise<ReturnType<typeof JSON.parse>> => {
    const credentials = `${login.MLFLOW_TRACKING_USERNAME}:${login.MLFLOW_TRACKING_PASSWORD}`
    const answer = await fetch(`${up.url}/api/2.0/mlflow${path}`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    expect(answer.status).toBe(200)
    return answer.json()
  }

  test('lets in the commands that say who they are, and no others', async () => {
    expect(await tidemill(['workflows', 'ls', '--json'], ADMIN)).toMatchObject({ code: 0, stderr: '' })
    const refused = await tidemill(['workflows', 'ls'], {})
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('You are not authenticated')
  })

  test(
    'gives a step the rights of its submitter on its own experiment, while it runs',
    { timeout: 60_000 },
    async () => {
      await call(ADMIN, '/users/create', { username: 'alice', password: ALICE.MLFLOW_TRACKING_PASSWORD })
      const own = await call(ALICE, '/experiments/create', { name: 'own' })
      const other = await call(ALICE, '/experiments/create', { name: 'other' })
      const args = ['run', 'acts', '--env-manager', 'local', '--experiment-id', own.experiment_id]
      const { stdout, code } = await tidemill([...args, '-P', `other=${other.experiment_id}`], ALICE)
      expect(stdout.trim().split('\n')).toEqual([
        'own run 200',
        'own experiment 200',
        'other experiment 403',
        'deletes 403',
        'administers 403',
        'token ***',
        'admin password None',
      ])
      expect(code).toBe(0)
    },
  )

  test('does not run a project in an experiment that its submitter may not change', async () => {
    const { experiment_id: id } = await call(ADMIN, '/experiments/create', { name: 'of admin' })
    const refused = await tidemill(['submit', 'acts', '--experiment-id', id, '-P', 'other=1'], ALICE)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('Permission denied')
  })

  test('brings a step no file that its submitter may not read, wherever the parameter comes from', async () => {
    const { experiment_id: id } = await call(ADMIN, '/experiments/create', { name: 'secret' })
    const { run } = await call(ADMIN, '/runs/create', { experiment_id: id })
    const permission = { experiment_id: id, username: 'alice', permission: 'NO_PERMISSIONS' }
    await call(ADMIN, '/experiments/permissions/create', permission)
    const mine = await call(ALICE, '/experiments/create', { name: 'peeking' })
    const uri = `runs:/${run.info.run_id}/secret.txt`
    await world.project('peeks', {
      MLproject: `entry_points: {main: {parameters: {data: {type: path, default: "${uri}"}}, command: "cat {data}"}}`,
    })
    const args = ['run', 'peeks', '--env-manager', 'local', '--experiment-id', mine.experiment_id]
    const { code, stdout, stderr } = await tidemill(args, ALICE)
    expect(code).toBe(1)
    expect(`${stdout}${stderr}`).toContain(`Parameter 'data' is '${uri}', which the user who submitted`)
  })

  test('without a password for its first admin it does not start', async () => {
    const fresh = { ...world.environment, TIDEMILL_DATA_DIR: `${world.directory}/fresh` }
    const { code, stderr } = await runTidemill(['server', '--port', '0', '--app-name', 'basic-auth'], {
      environment: fresh,
      cwd: world.directory,
    })
    expect(code).toBe(2)
    expect(stderr).toContain('Set TIDEMILL_ADMIN_PASSWORD')
  })
})
