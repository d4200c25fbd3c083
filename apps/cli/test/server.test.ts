import { createConnection } from 'node:net'
import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createPostgresDatabase } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { createWorld, type World } from './world.ts'

const { postgres } = inject('services')
/** A second, and what a busy machine adds. */
const STOP_LIMIT_MS = 2_500

describe('tidemill server', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const startServer = async (name: string, ...options: string[]) => {
    const directory = join(world.directory, name)
    const server = await world.start([
      'server',
      '--port',
      '0',
      '--backend-store-uri',
      join(directory, 'store'),
      '--artifacts-destination',
      join(directory, 'artifacts'),
      ...options,
    ])
    onTestFinished(() => server.kill())
    return { ...server, directory }
  }
  const call = async (url: string, path: string, body?: unknown) => {
    const answer = await fetch(
      `${url}/api/2.0/mlflow/${path}`,
      body === undefined
        ? undefined
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    )
    return { status: answer.status, text: await answer.text() }
  }

  test('two of different stores run at once, and neither touches the data directory', async () => {
    const [one, two] = await Promise.all([startServer('one'), startServer('two')])
    await call(one.url, 'experiments/create', { name: 'only here' })
    expect((await call(one.url, 'experiments/get-by-name?experiment_name=only%20here')).status).toBe(200)
    expect((await call(two.url, 'experiments/get-by-name?experiment_name=only%20here')).status).toBe(404)
    expect(existsSync(world.environment['TIDEMILL_DATA_DIR'] ?? '')).toBe(false)
    expect((await readdir(one.directory)).filter((entry) => !/^(store|store\.lock|artifacts)$/.test(entry))).toEqual([])
  })

  test('a second one on the same store names the first', async () => {
    const first = await startServer('shared')
    const { code, stderr } = await world.tidemill([
      'server',
      '--port',
      '0',
      '--backend-store-uri',
      join(first.directory, 'store'),
    ])
    expect(code).toBe(2)
    expect(stderr).toContain(`store' is in use by process ${first.pid} at ${first.url}`)
  })

  test('SIGTERM ends it with exit code 0 in a second, though a client keeps its connection', async () => {
    const server = await startServer('stopping')
    const { hostname, port } = new URL(server.url)
    const socket = createConnection({ host: hostname, port: Number(port) })
    onTestFinished(() => void socket.destroy())
    await new Promise((resolve) => socket.once('connect', resolve))
    const started = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - started).toBeLessThan(STOP_LIMIT_MS)
  })

  test.each([
    ['a relative folder', 'roots', (cwd: string) => `${cwd}/roots/`],
    ['a file URI', 'file:///srv/roots', () => 'file:///srv/roots/'],
    [
      'the proxy of another server',
      'http://example.org/api/2.0/mlflow-artifacts/artifacts',
      () => 'http://example.org/api/2.0/mlflow-artifacts/artifacts/',
    ],
  ])('--default-artifact-root takes %s', async (_case, root, expected) => {
    const { url } = await startServer(`root-${encodeURIComponent(root)}`, '--default-artifact-root', root)
    const { text } = await call(url, 'experiments/get?experiment_id=0')
    const { experiment }: { experiment: { artifact_location: string } } = JSON.parse(text)
    expect(experiment.artifact_location).toBe(`${expected(process.cwd())}0`)
  })

  test('without the proxy new experiments keep their artifacts in mlruns', async () => {
    const { url } = await startServer('no-proxy', '--no-serve-artifacts')
    const { text } = await call(url, 'experiments/get?experiment_id=0')
    expect(text).toContain(`"${process.cwd()}/mlruns/0"`)
    expect((await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts`)).status).toBe(503)
  })

  test('takes what a Python server would need, and says that it does not', async () => {
    const server = await startServer('python', '-w', '4', '--gunicorn-opts', '--timeout 60', '--dev')
    expect(server.log()).toMatch(/--workers is 4: one process serves here/)
    expect(server.log()).toMatch(/--gunicorn-opts is passed over/)
  })

  test('--env-file gives variables, and those that are set stay', async () => {
    const file = join(world.directory, 'server.env')
    await writeFile(file, `MLFLOW_HOST=localhost\nTIDEMILL_DATA_DIR=/nowhere\nMLFLOW_SERVE_ARTIFACTS=maybe\n`)
    const { code, stderr } = await world.tidemill(['--env-file', file, 'server', '--port', '0'])
    expect(code).toBe(2)
    expect(stderr).toContain("MLFLOW_SERVE_ARTIFACTS is 'maybe'. Give true or false.")
    const missing = await world.tidemill(['--env-file', join(world.directory, 'absent'), 'db', 'status'])
    expect(missing.code).toBe(2)
    expect(missing.stderr).toMatch(/--env-file '.*absent' cannot be read/)
  })

  test("a folder with other files gets the store below them, MLflow's runs are not hidden by one", async () => {
    await mkdir(join(world.directory, 'busy', 'store', 'artifacts'), { recursive: true })
    await startServer('busy')
    expect((await readdir(join(world.directory, 'busy', 'store'))).toSorted()).toEqual(['artifacts', 'pg', 'pg.lock'])
    const directory = join(world.directory, 'mlruns')
    await mkdir(join(directory, '0'), { recursive: true })
    const { code, stderr } = await world.tidemill(['server', '--port', '0', '--backend-store-uri', directory])
    expect(code).toBe(2)
    expect(stderr).toMatch(/mlruns' has the runs of an MLflow file store\. .*`tidemill import/)
  })

  test.skipIf(!postgres.isAvailable)('serves an empty Postgres', async () => {
    const database = await createPostgresDatabase(postgres.isAvailable ? postgres.url : '')
    onTestFinished(() => database.drop())
    const server = await world.start(['server', '--port', '0', '--backend-store-uri', database.uri])
    onTestFinished(() => server.kill())
    expect((await call(server.url, 'experiments/get?experiment_id=0')).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })
})
