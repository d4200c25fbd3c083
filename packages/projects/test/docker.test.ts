import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProjectEnvironment } from '@tidemill/core'
import { waitFor } from '@tidemill/testkit'
import Dockerode from 'dockerode'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { commitAll, setup, type StepInput, type World } from './world.ts'
import { createBusyboxImage } from './busybox-image.ts'

const run = promisify(execFile)
const service = inject('services').docker
if (service.isAvailable) process.env['DOCKER_HOST'] = service.url
const hasBusybox = await run('busybox', ['true']).then(
  () => true,
  () => false,
)
const IMAGE = 'tidemill-test-base:1'

const docker = new Dockerode()
const environment = (more: Partial<Extract<ProjectEnvironment, { kind: 'docker' }>> = {}): ProjectEnvironment => ({
  kind: 'docker',
  image: IMAGE,
  volumes: [],
  variables: [],
  ...more,
})

const containersOf = async (attemptId: string): Promise<Dockerode.ContainerInfo[]> =>
  docker.listContainers({ all: true, filters: { label: [`tidemill.attempt_id=${attemptId}`] } })

const runStep = async (world: World, step: Omit<StepInput, 'folder'> & { readonly folder?: string }) => {
  const running = world.start({ environment: environment(), folder: await world.folder({}), ...step })
  const end = await running.wait()
  return { ...running, end }
}

const problem = service.isAvailable ? (hasBusybox ? undefined : 'no busybox here') : service.reason

describe.skipIf(problem !== undefined)(`a docker project${problem === undefined ? '' : ` (${problem})`}`, () => {
  beforeAll(() => createBusyboxImage(docker, IMAGE))

  test('runs in its image as it is, with its streams apart, and is removed', async () => {
    await using world = await setup()
    const { end, texts, tags, attemptId } = await runStep(world, {
      command: 'pwd; id -u; echo $HOME; echo oops >&2',
    })
    expect(end).toEqual({ kind: 'succeeded', code: 'succeeded', exitCode: 0 })
    expect(texts('stdout')).toEqual(['/work', '65532', '/tmp'])
    expect(texts('stderr')).toEqual(['oops'])
    expect(tags).toEqual({
      'mlflow.project.env': 'docker',
      'mlflow.docker.image.uri': IMAGE,
      'mlflow.docker.image.id': expect.stringMatching(/^sha256:/),
    })
    expect(await containersOf(attemptId)).toEqual([])
  })

  test('gets the run’s and the project’s variables and no others', async () => {
    await using world = await setup({ docker: { allowedVariables: ['TIDEMILL_TEST_COPIED'] } })
    process.env['TIDEMILL_TEST_COPIED'] = 'copied'
    process.env['TIDEMILL_TEST_SECRET'] = 'secret'
    const { texts } = await runStep(world, {
      command: 'env',
      environment: environment({ variables: ['TIDEMILL_TEST_COPIED', ['GIVEN', 'a b=$c']] }),
    })
    const lines = texts('stdout')
    expect(lines).toEqual(
      expect.arrayContaining(['MLFLOW_RUN_ID=run-1', 'TIDEMILL_TEST_COPIED=copied', 'GIVEN=a b=$c']),
    )
    expect(lines.filter((line) => line.startsWith('TIDEMILL_TEST_SECRET'))).toEqual([])
  })

  test('runs without privileges', async () => {
    await using world = await setup({ docker: { memoryBytes: 64 * 1024 * 1024, cpus: 1 } })
    const running = world.start({ environment: environment(), folder: await world.folder({}), command: 'sleep 600' })
    const [info] = await waitFor('the container', async () => {
      const found = await containersOf(running.attemptId)
      return found[0]?.State === 'running' && found
    })
    const { HostConfig, Config } = await docker.getContainer(info?.Id ?? '').inspect()
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 512,
      Memory: 64 * 1024 * 1024,
      MemorySwap: 64 * 1024 * 1024,
      NanoCpus: 1e9,
      Init: true,
      Privileged: false,
      NetworkMode: 'tidemill',
      Binds: [],
    })
    expect(Config.User).toBe('65532:65532')
    expect(Config.Labels).toMatchObject({ 'tidemill.attempt_id': running.attemptId, 'tidemill.run_id': 'run-1' })
    await running.handle.cancel('cancelled')
  })

  test.each([
    { command: 'exit 7', end: { kind: 'failed', code: 'exit_code', exitCode: 7 } },
    { command: 'kill -SEGV $$', end: { kind: 'failed', code: 'signal', exitCode: 139 } },
  ])('that ends badly ($command) says how', async ({ command, end }) => {
    await using world = await setup()
    expect((await runStep(world, { command })).end).toMatchObject(end)
  })

  test('that takes too much memory says so', async () => {
    await using world = await setup({ docker: { memoryBytes: 16 * 1024 * 1024 } })
    // A variable that doubles until the limit: the shell itself grows.
    const { end } = await runStep(world, { command: 'a=xxxxxxxxxxxxxxxx; while :; do a=$a$a; done' })
    expect(end).toMatchObject({ kind: 'failed', code: 'oom' })
  })

  test('that ignores SIGTERM and has a setsid child is cancelled without a trace', async () => {
    await using world = await setup()
    const running = world.start({
      environment: environment(),
      folder: await world.folder({}),
      command: "trap '' TERM; setsid sleep 600 & echo started; while :; do sleep 1; done",
    })
    await waitFor('the command to start', () => running.texts('stdout').includes('started'))
    await running.handle.cancel('cancelled')
    expect(await running.wait()).toMatchObject({ kind: 'cancelled', code: 'cancelled' })
    expect(await containersOf(running.attemptId)).toEqual([])
  })

  test('is stopped at its timeout', async () => {
    await using world = await setup()
    const { end } = await runStep(world, { command: 'sleep 600', execution: { timeoutMs: 1_000 } })
    expect(end).toMatchObject({ kind: 'timed_out', code: 'timeout' })
  })

  test('reaches a tracking server that listens on loopback only', async () => {
    await using world = await setup()
    const server = createServer((_request, response) => response.end('tracked'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      const { texts } = await runStep(world, {
        command: 'wget -q -O - $MLFLOW_TRACKING_URI/health',
        execution: { variables: { MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}` } },
      })
      expect(texts('stdout')).toEqual(['tracked'])
    } finally {
      server.close()
    }
  })

  test('reads downloaded path parameters at the path that it is given', async () => {
    await using world = await setup({
      downloader: {
        download: async (uri, target) => {
          await writeFile(target, `content of ${uri}`, { mode: 0o600 })
          return target
        },
      },
    })
    const { end, texts } = await runStep(world, {
      command: 'cat {data}; echo x > {data}',
      declared: [{ name: 'data', type: 'path' }],
      execution: { parameters: [{ name: 'data', value: 'runs:/r/data.txt' }] },
    })
    expect(texts('stdout')).toEqual(['content of runs:/r/data.txt'])
    expect(end.kind).toBe('failed')
  })

  test('with its code built onto the image runs it there, and the same content is built once', async () => {
    await using world = await setup()
    const folder = await world.folder({ 'hello.sh': 'echo hello from the code\n', 'out/keep': '' })
    await symlink('/etc/passwd', join(folder, 'link'))
    const step = {
      folder,
      command: 'pwd; sh hello.sh; echo written > out/new; cat out/new; test -L link && echo link',
      execution: {
        buildImage: true,
        spec: { name: 'My Project!', environment: environment(), entryPoints: [], workflows: [] },
      },
    }
    const first = await runStep(world, step)
    expect(first.texts('stdout')).toEqual(['/mlflow/projects/code', 'hello from the code', 'written', 'link'])
    expect(first.tags['mlflow.docker.image.uri']).toMatch(/^my-project:[0-9a-f]{7}$/)
    expect(first.texts('system').join('\n')).toContain('Building the image')
    const second = await runStep(world, step)
    expect(second.texts('system').join('\n')).not.toContain('Building the image')
    expect(second.tags).toEqual(first.tags)
    await writeFile(join(folder, 'hello.sh'), 'echo changed\n')
    const third = await runStep(world, step)
    expect(third.texts('stdout')).toContain('changed')
  })

  test('is tagged with the commit it was built from', async () => {
    await using world = await setup()
    const folder = await world.folder({ MLproject: '' })
    const commit = await commitAll(folder, 'one')
    const { tags } = await runStep(world, {
      folder,
      command: 'true',
      execution: {
        buildImage: true,
        source: { kind: 'folder', uri: folder, location: folder, subdirectory: '', sourceName: folder, commit },
        spec: { name: 'tagged', environment: environment(), entryPoints: [], workflows: [] },
      },
    })
    expect(tags['mlflow.docker.image.uri']).toBe(`tagged:${commit.slice(0, 7)}`)
  })

  test.each<{ name: string; more: Parameters<typeof environment>[0]; end: object; reason: RegExp }>([
    {
      name: 'a volume of the host',
      more: { volumes: ['/:/host'] },
      end: { kind: 'rejected', code: 'policy' },
      reason: /mounts '\/:\/host'/,
    },
    {
      name: 'a variable of the host',
      more: { variables: ['AWS_SECRET_ACCESS_KEY'] },
      end: { kind: 'rejected', code: 'policy' },
      reason: /copies the variable 'AWS_SECRET_ACCESS_KEY'/,
    },
    {
      name: 'an image that is nowhere',
      more: { image: '127.0.0.1:9/no/such-image:1' },
      end: { kind: 'infra_failed', code: 'image' },
      reason: /'127\.0\.0\.1:9\/no\/such-image:1' is not on the worker and could not be pulled/,
    },
  ])('that asks for $name is refused', async ({ more, end, reason }) => {
    await using world = await setup()
    const answer = (await runStep(world, { command: 'true', environment: environment(more) })).end
    expect(answer).toMatchObject(end)
    expect(answer.reason).toMatch(reason)
  })

  test('of a dead worker leaves a container that the next one removes', async () => {
    await using world = await setup()
    const running = world.start({ environment: environment(), folder: await world.folder({}), command: 'sleep 600' })
    await waitFor('the container', async () => (await containersOf(running.attemptId))[0]?.State === 'running')
    // Another executor of the same data directory stands for the worker that comes after.
    const { createStepExecutor } = await import('@tidemill/projects')
    await using next = createStepExecutor({
      dataDirectory: world.dataDirectory,
      environmentPolicy: { kind: 'inherit' },
      downloader: { download: () => Promise.reject(new Error('unused')) },
      sourcePolicy: { allowLocal: true, schemes: [] },
    })
    expect(await next.removeLeftovers(async (ids) => new Set(ids))).toBe(0)
    expect(await containersOf(running.attemptId)).toHaveLength(1)
    expect(await next.removeLeftovers(async () => new Set())).toBe(1)
    expect(await containersOf(running.attemptId)).toEqual([])
    await running.wait()
    expect(await readdir(join(world.dataDirectory, 'work'))).toEqual([])
  })
})

test('without an engine a docker project says what to start', async () => {
  const host = process.env['DOCKER_HOST']
  process.env['DOCKER_HOST'] = 'unix:///tmp/tidemill-no-such.sock'
  try {
    await using world = await setup()
    const { end } = await runStep(world, { command: 'true' })
    expect(end).toMatchObject({ kind: 'infra_failed', code: 'docker' })
    expect(end.reason).toMatch(/No Docker Engine answers at unix:\/\/\/tmp\/tidemill-no-such\.sock.*start it/)
  } finally {
    if (host === undefined) delete process.env['DOCKER_HOST']
    else process.env['DOCKER_HOST'] = host
  }
})
