import { existsSync } from 'node:fs'
import { cp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findUv, waitFor } from '@tidemill/testkit'
import { describe, expect, test } from 'vitest'
import { setup, type StepInput, type World } from './world.ts'

const uv = await findUv()
const hasUv = uv !== undefined
// The executor looks here before PATH.
if (uv !== undefined) process.env['TIDEMILL_UV'] = uv
/** The quicker one, where which does not matter. */
const ANY_MANAGER = hasUv ? 'uv' : 'virtualenv'
const PYTHON_ENV = { kind: 'python_env', file: 'python_env.yaml' } as const
const FIXTURES = fileURLToPath(new URL('../fixtures/programs', import.meta.url))

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

  test.skipIf(manager === 'uv' && !hasUv)(
    'a failed installation gives the tool’s last lines and leaves nothing',
    async () => {
      await using world = await setup()
      const folder = await world.folder({
        'python_env.yaml': 'dependencies: ["-r requirements.txt"]\n',
        'wheels/README': '',
        'requirements.txt': '--no-index\n--find-links ./wheels\nno-such-package==1.0\n',
      })
      const { end, phases } = await runStep(world, step(folder))
      expect(end).toMatchObject({ kind: 'failed', code: 'environment' })
      expect(end.reason).toContain('dependencies')
      expect(end.reason).toContain('no-such-package')
      expect(phases).toEqual(['fetching', 'building'])
      expect(await environmentsOf(world)).toEqual([])
    },
  )
})

test('the project’s own package is installed, and a change of it is another environment', async () => {
  await using world = await setup()
  const folder = await world.folder({
    'python_env.yaml': 'dependencies: ["-r requirements.txt"]\n',
    'requirements.txt': '-e ./lib # ours\n',
    'lib/tm_lib.py': 'WORD = "first"\n',
  })
  await cp(join(FIXTURES, 'python-package'), join(folder, 'lib'), { recursive: true })
  const step: StepInput = {
    folder,
    command: 'python -c "import tm_lib; print(tm_lib.WORD)"',
    environment: PYTHON_ENV,
    execution: { environmentManager: ANY_MANAGER },
  }
  const first = await runStep(world, step)
  expect(first.end).toMatchObject({ kind: 'succeeded' })
  expect(first.texts('stdout')).toEqual(['first'])
  await writeFile(join(folder, 'lib', 'tm_lib.py'), 'WORD = "changed"\n')
  const second = await runStep(world, step)
  expect(second.texts('stdout')).toEqual(['changed'])
  expect(await environmentsOf(world)).toHaveLength(2)
})

test('several attempts at once build one environment', async () => {
  await using world = await setup()
  const folder = await world.folder({ 'python_env.yaml': '{}\n' })
  const steps = Array.from({ length: 3 }, () =>
    runStep(world, {
      folder,
      command: 'true',
      environment: PYTHON_ENV,
      execution: { environmentManager: ANY_MANAGER },
    }),
  )
  const done = await Promise.all(steps)
  expect(done.map(({ end }) => end.kind)).toEqual(['succeeded', 'succeeded', 'succeeded'])
  const builds = done.flatMap(({ texts }) => texts('system').filter((line) => line.startsWith('Building')))
  expect(builds).toHaveLength(1)
})

test('an environment whose build did not end is built again', async () => {
  await using world = await setup()
  const folder = await world.folder({ 'python_env.yaml': '{}\n' })
  const step: StepInput = {
    folder,
    command: 'python -c 1',
    environment: PYTHON_ENV,
    execution: { environmentManager: ANY_MANAGER },
  }
  await runStep(world, step)
  const [name = ''] = await environmentsOf(world)
  await rm(join(world.dataDirectory, 'environments', name, 'tidemill-environment.json'))
  await rm(join(world.dataDirectory, 'environments', name, 'bin'), { recursive: true })
  expect((await runStep(world, step)).end).toMatchObject({ kind: 'succeeded' })
})

test('cancelling a build ends the installer and leaves nothing', async () => {
  await using world = await setup()
  const started = join(world.directory, 'started')
  const folder = await world.folder({
    'python_env.yaml': 'dependencies: ["./slow"]\n',
    'slow/pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    'slow/backend.py':
      `import time\ndef get_requires_for_build_wheel(c=None):\n  open(${JSON.stringify(started)}, 'w')\n` +
      '  time.sleep(600)\n',
  })
  const step = world.start({
    folder,
    command: 'true',
    environment: PYTHON_ENV,
    execution: { environmentManager: ANY_MANAGER },
  })
  await waitFor('the build to start', () => existsSync(started))
  await step.handle.cancel('cancelled')
  expect(await step.wait()).toMatchObject({ kind: 'cancelled' })
  expect(await environmentsOf(world)).toEqual([])
})

describe('an environment file', () => {
  test.each<{
    name: string
    files: Record<string, string>
    kind: 'python_env' | 'conda_env'
    manager?: 'conda' | 'virtualenv'
    message: RegExp
  }>([
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
      message: /outside (?:of )?the project/,
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
      execution: { environmentManager: manager ?? ANY_MANAGER },
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
