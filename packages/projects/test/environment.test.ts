import { execFile } from 'node:child_process'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { setup, type StepInput, type World } from './world.ts'

const run = promisify(execFile)
const hasUv = await run('uv', ['--version']).then(
  () => true,
  () => false,
)
const PYTHON_ENV = { kind: 'python_env', file: 'python_env.yaml' } as const
/** A package of the project's own, so that no index is needed. */
const PACKAGE = {
  'lib/setup.py': 'from setuptools import setup\nsetup(name="tm-lib", version="1.0", py_modules=["tm_lib"])\n',
  'lib/tm_lib.py': 'WORD = "from the library"\n',
}

const environmentsOf = async (world: World): Promise<string[]> =>
  (await readdir(join(world.dataDirectory, 'environments'))).filter((name) => !name.includes('.'))

const runStep = async (world: World, step: StepInput) => {
  const running = world.start(step)
  const end = await running.wait()
  return { ...running, end }
}

describe.each([{ manager: 'uv' as const }, { manager: 'virtualenv' as const }])('with $manager', ({ manager }) => {
  const step = (folder: string, command = 'python -c "import sys; print(sys.prefix)"'): StepInput => ({
    folder,
    command,
    environment: PYTHON_ENV,
    execution: { environmentManager: manager },
  })

  test.skipIf(manager === 'uv' && !hasUv)('the command runs in an environment that is built once', async () => {
    await using world = await setup()
    const folder = await world.folder({ 'python_env.yaml': 'dependencies: []\n' })
    const first = await runStep(world, step(folder))
    expect(first.end).toMatchObject({ kind: 'succeeded' })
    expect(first.tags).toEqual({ 'mlflow.project.env': manager })
    expect(first.texts('stdout')).toEqual([
      join(world.dataDirectory, 'environments', (await environmentsOf(world))[0] ?? ''),
    ])
    expect(first.texts('system').join('\n')).toContain('Building the Python environment')
    const second = await runStep(world, step(folder))
    expect(second.texts('stdout')).toEqual(first.texts('stdout'))
    expect(second.texts('system').join('\n')).not.toContain('Building')
  })

  test.skipIf(manager === 'uv' && !hasUv)('a failed installation gives the tool’s last lines and leaves nothing', async () => {
    await using world = await setup()
    const folder = await world.folder({
      'python_env.yaml': 'dependencies: ["-r requirements.txt"]\n',
      'requirements.txt': '--no-index\n--find-links ./none\nno-such-package==1.0\n',
    })
    const { end, phases } = await runStep(world, step(folder))
    expect(end).toMatchObject({ kind: 'failed', code: 'environment' })
    expect(end.reason).toContain('dependencies')
    expect(end.reason).toContain('no-such-package')
    expect(phases).toEqual(['fetching', 'building'])
    expect(await environmentsOf(world)).toEqual([])
  })
})

test.skipIf(!hasUv)('the project’s own package is installed, and a change of it is another environment', async () => {
  await using world = await setup({ environmentBuildTimeoutMs: 120_000 })
  const python = 'build_dependencies: [setuptools]\ndependencies: ["-r requirements.txt"]\n'
  const files = { ...PACKAGE, 'python_env.yaml': python, 'requirements.txt': '-e ./lib # ours\n' }
  const command = 'python -c "import tm_lib; print(tm_lib.WORD)"'
  const step = { command, environment: PYTHON_ENV, execution: { environmentManager: 'uv' as const } }
  const first = await runStep(world, { ...step, folder: await world.folder(files) })
  if (first.end.code === 'environment' && first.end.kind === 'infra_failed') return
  expect(first.end).toMatchObject({ kind: 'succeeded' })
  expect(first.texts('stdout')).toEqual(['from the library'])
  const changed = { ...files, 'lib/tm_lib.py': 'WORD = "changed"\n' }
  const second = await runStep(world, { ...step, folder: await world.folder(changed) })
  expect(second.texts('stdout')).toEqual(['changed'])
  expect(await environmentsOf(world)).toHaveLength(2)
})

test('several attempts at once build one environment', async () => {
  await using world = await setup()
  const folder = await world.folder({ 'python_env.yaml': '{}\n' })
  const steps = Array.from({ length: 3 }, () =>
    runStep(world, { folder, command: 'true', environment: PYTHON_ENV, execution: { environmentManager: 'virtualenv' } }),
  )
  const done = await Promise.all(steps)
  expect(done.map(({ end }) => end.kind)).toEqual(['succeeded', 'succeeded', 'succeeded'])
  const builds = done.flatMap(({ texts }) => texts('system').filter((line) => line.startsWith('Building')))
  expect(builds).toHaveLength(1)
})

test('an environment whose build did not end is built again', async () => {
  await using world = await setup()
  const folder = await world.folder({ 'python_env.yaml': '{}\n' })
  const step: StepInput = { folder, command: 'python -c 1', environment: PYTHON_ENV, execution: { environmentManager: 'virtualenv' } }
  await runStep(world, step)
  const [name = ''] = await environmentsOf(world)
  await rm(join(world.dataDirectory, 'environments', name, 'tidemill-environment.json'))
  await rm(join(world.dataDirectory, 'environments', name, 'bin'), { recursive: true })
  expect((await runStep(world, step)).end).toMatchObject({ kind: 'succeeded' })
})

test('cancelling a build ends the installer and leaves nothing', async () => {
  await using world = await setup()
  const folder = await world.folder({
    'python_env.yaml': 'dependencies: ["./slow"]\n',
    'slow/setup.py': 'import time, sys\nprint("slow build", flush=True)\ntime.sleep(600)\n',
    'slow/pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    'slow/backend.py': 'import time\ndef get_requires_for_build_wheel(c=None): time.sleep(600)\n',
  })
  const running = world.start({
    folder,
    command: 'true',
    environment: PYTHON_ENV,
    execution: { environmentManager: 'virtualenv' },
  })
  await expect.poll(() => running.texts('system').join('\n'), { timeout: 60_000 }).toContain('slow')
  await running.handle.cancel('cancelled')
  expect(await running.wait()).toMatchObject({ kind: 'cancelled' })
  expect(await environmentsOf(world)).toEqual([])
})

describe('an environment file', () => {
  test.each<{ name: string; files: Record<string, string>; kind: 'python_env' | 'conda_env'; manager?: 'conda' | 'virtualenv'; message: RegExp }>([
    {
      name: 'with a Python that is not here',
      files: { 'env.yaml': 'python: "3.99"\n' },
      kind: 'python_env',
      manager: 'virtualenv',
      message: /Python 3\.99 is not on this worker\. Found here: .*3\./,
    },
    {
      name: 'with conda packages',
      files: { 'env.yaml': 'dependencies: [python=3.11, numpy=1.26, cudatoolkit, pip: [mlflow]]\n' },
      kind: 'conda_env',
      message: /needs conda, which comes with a later version: .*numpy.*cudatoolkit/,
    },
    {
      name: 'of python_env for the manager conda',
      files: { 'env.yaml': '{}\n' },
      kind: 'python_env',
      manager: 'conda',
      message: /python_env project cannot be executed using conda/,
    },
    {
      name: 'that is not there',
      files: {},
      kind: 'python_env',
      message: /environment file 'env\.yaml' is not there/,
    },
    {
      name: 'that names a file outside the project',
      files: { 'env.yaml': 'dependencies: ["-r ../../../../../../etc/passwd"]\n' },
      kind: 'python_env',
      message: /lies outside the project/,
    },
    {
      name: 'that names a missing file',
      files: { 'env.yaml': 'dependencies: ["-r requirements.txt"]\n' },
      kind: 'python_env',
      message: /no file 'requirements\.txt'/,
    },
  ])('$name rejects the attempt', async ({ files, kind, manager, message }) => {
    await using world = await setup()
    const { end } = await runStep(world, {
      folder: await world.folder(files),
      command: 'true',
      environment: { kind, file: 'env.yaml' },
      execution: manager === undefined ? { environmentManager: 'virtualenv' } : { environmentManager: manager },
    })
    expect(end).toMatchObject({ kind: 'rejected', code: 'environment' })
    expect(end.reason).toMatch(message)
  })

  test('of conda with Python and pip parts alone needs no conda', async () => {
    await using world = await setup()
    const folder = await world.folder({ 'conda.yaml': 'name: x\ndependencies: [python=3, pip: []]\n' })
    const { end, tags } = await runStep(world, {
      folder,
      command: 'python -c "import sys; assert sys.prefix != sys.base_prefix"',
      environment: { kind: 'conda_env', file: 'conda.yaml' },
      execution: { environmentManager: 'conda' },
    })
    expect(end).toMatchObject({ kind: 'succeeded' })
    expect(tags['mlflow.project.env']).toMatch(/^(?:uv|virtualenv)$/)
  })
})
