import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitFor } from '@tidemill/testkit'
import { describe, expect, test } from 'vitest'
import { setup, toExecution } from './world.ts'

const PROGRAMS = fileURLToPath(new URL('../fixtures/programs', import.meta.url))
const program = (name: string) => `bash ${PROGRAMS}/${name}.sh`

/** Processes whose environment names the attempt. */
const processesOf = async (attemptId: string): Promise<string[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')))
  return pids.filter((_, at) => environments[at]?.includes(`TIDEMILL_ATTEMPT_ID=${attemptId}\0`))
}

describe('the command of a step', () => {
  test('runs in the project folder and its lines carry their stream', async () => {
    await using world = await setup()
    const folder = await world.folder({ 'data.txt': 'from the project' })
    const step = world.start({ folder, command: 'cat data.txt; echo; echo to stderr >&2' })
    expect(await step.wait()).toEqual({ kind: 'succeeded', code: 'succeeded', exitCode: 0 })
    expect(step.texts('stdout')).toEqual(['from the project'])
    expect(step.texts('stderr')).toEqual(['to stderr'])
    expect(step.phases).toEqual(['fetching', 'building', 'executing'])
    expect(step.tags).toEqual({})
  })

  test.each([
    { name: 'fail', end: { kind: 'failed', code: 'exit_code', exitCode: 7 }, reason: 'code 7' },
    { name: 'segfault', end: { kind: 'failed', code: 'signal', exitCode: 139 }, reason: 'SIGSEGV' },
    { name: 'no-such-program', end: { kind: 'failed', code: 'exit_code', exitCode: 127 }, reason: 'code 127' },
  ])('that ends badly ($name) says how', async ({ name, end, reason }) => {
    await using world = await setup()
    const step = world.start({ folder: await world.folder({}), command: program(name) })
    const answer = await step.wait()
    expect(answer).toMatchObject(end)
    expect(answer.reason).toContain(reason)
  })

  test('gives every line of a flood', async () => {
    await using world = await setup()
    const step = world.start({ folder: await world.folder({}), command: program('flood') })
    await step.wait()
    expect(step.texts('stdout')).toEqual(Array.from({ length: 20_000 }, (_, at) => String(at + 1)))
  })

  test('has a line of 1 MiB cut at 64 KiB and the next one whole', async () => {
    await using world = await setup()
    const step = world.start({ folder: await world.folder({}), command: program('long-line') })
    await step.wait()
    const [long = '', next] = step.texts('stdout')
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(64 * 1024)
    expect(long).toContain('bytes cut]')
    expect(next).toBe('after')
  })

  test('that leaves a child behind ends at once, and the child with it', async () => {
    await using world = await setup()
    const step = world.start({ folder: await world.folder({}), command: program('leave-child') })
    expect(await step.wait()).toMatchObject({ kind: 'succeeded' })
    expect(await processesOf(step.attemptId)).toEqual([])
  })

  test('that runs longer than its timeout is stopped and says so', async () => {
    await using world = await setup()
    const folder = await world.folder({})
    const step = world.start({ folder, command: program('ignore-term'), execution: { timeoutMs: 300 } })
    expect(await step.wait()).toMatchObject({ kind: 'timed_out', code: 'timeout' })
    expect(await processesOf(step.attemptId)).toEqual([])
  })
})

describe('cancelling a step', () => {
  test.each(['ignore-term', 'setsid-child'])('leaves nothing of %s', async (name) => {
    await using world = await setup()
    const step = world.start({ folder: await world.folder({}), command: program(name) })
    await waitFor('the program to start', () => step.texts('stdout').includes('started'))
    expect((await processesOf(step.attemptId)).length).toBeGreaterThan(0)
    await step.handle.cancel('cancelled')
    expect(await processesOf(step.attemptId)).toEqual([])
    expect(await step.wait()).toMatchObject({ kind: 'cancelled', code: 'cancelled' })
  })

  test('gives the command time to clean up', async () => {
    await using world = await setup({ graceMs: 5_000 })
    const step = world.start({ folder: await world.folder({}), command: `${program('clean-up')}; true` })
    await waitFor('the program to start', () => step.texts('stdout').includes('started'))
    await step.handle.cancel('cancelled')
    expect(step.texts('stdout')).toContain('cleaned up')
    expect(await step.wait()).toMatchObject({ kind: 'cancelled' })
  })

  test('after its end changes nothing', async () => {
    await using world = await setup()
    const step = world.start({ folder: await world.folder({}), command: 'exit 3' })
    await step.wait()
    await step.handle.cancel('cancelled')
    expect(await step.wait()).toMatchObject({ kind: 'failed', code: 'exit_code', exitCode: 3 })
  })

  test('deletes the work directory', async () => {
    await using world = await setup()
    const step = world.start({ folder: await world.folder({}), command: program('ignore-term') })
    await waitFor('the program to start', () => step.texts('stdout').includes('started'))
    await step.handle.cancel('lease_lost')
    expect(await readdir(join(world.dataDirectory, 'work'))).toEqual([])
  })
})

describe('a worker that is killed', () => {
  /** A process of its own with an executor that runs the program. */
  const startWorker = async (dataDirectory: string, folder: string, name: string): Promise<ChildProcess> => {
    const script = join(dataDirectory, '..', 'worker.ts')
    await writeFile(
      script,
      `
      import { createStepExecutor } from ${JSON.stringify(fileURLToPath(new URL('../src/index.ts', import.meta.url)))}
      const executor = createStepExecutor({
        dataDirectory: ${JSON.stringify(dataDirectory)},
        environmentPolicy: { kind: 'inherit' },
        downloader: { download: async () => '' },
        sourcePolicy: { allowLocal: true, schemes: [] },
      })
      const folder = ${JSON.stringify(folder)}
      executor.start({
        attemptId: 'orphan',
        source: { kind: 'folder', uri: folder, location: folder, subdirectory: '', sourceName: folder },
        spec: { environment: { kind: 'python_env' }, entryPoints: [], workflows: [] },
        entryPoint: { name: 'main', command: ${JSON.stringify(program(name))}, parameters: [] },
        parameters: [], environmentManager: 'local', buildImage: false, variables: {},
      }, { onLine: ({ text }) => process.stdout.write(text + '\\n'), onPhase: async () => true, onTags: async () => {} })
    `,
    )
    return spawn(process.execPath, ['--conditions=@tidemill/source', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  test('takes its steps with it, and the next one clears their files', async () => {
    await using world = await setup()
    const worker = await startWorker(world.dataDirectory, await world.folder({}), 'setsid-child')
    let output = ''
    worker.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await waitFor('the program to start', () => output.includes('started'))
    expect((await processesOf('orphan')).length).toBeGreaterThan(0)

    const exit = once(worker, 'exit')
    worker.kill('SIGKILL')
    await exit
    await waitFor('the kernel to end the step', async () => (await processesOf('orphan')).length === 0, 5_000)
    expect(await world.executor.removeLeftovers(async (ids) => new Set(ids))).toBe(0)
    expect(await world.executor.removeLeftovers(async () => new Set())).toBe(1)
    expect(await readdir(join(world.dataDirectory, 'work'))).toEqual([])
  })

  test('leftovers that still run are found by their environment', async () => {
    await using world = await setup()
    await world.executor.removeLeftovers(async () => new Set())
    const executorId = await readFile(join(world.dataDirectory, 'executor-id'), 'utf8')
    const child = spawn('sleep', ['600'], {
      stdio: 'ignore',
      detached: true,
      env: { PATH: process.env['PATH'], TIDEMILL_ATTEMPT_ID: 'escaped', TIDEMILL_EXECUTOR_ID: executorId },
    })
    const exit = once(child, 'exit')
    await waitFor('the child to start', async () => (await processesOf('escaped')).length > 0)
    expect(await world.executor.removeLeftovers(async (ids) => new Set(ids))).toBe(0)
    expect(await world.executor.removeLeftovers(async () => new Set())).toBe(1)
    await exit
    expect(await processesOf('escaped')).toEqual([])
  })
})

test.each([
  { name: 'is too long', value: 'x'.repeat(200_000), reason: /has 2\d+ bytes/ },
  { name: 'has a NUL', value: 'a\0b', reason: /NUL character/ },
])('a command that $name rejects the attempt', async ({ value, reason }) => {
  await using world = await setup()
  const declared = [{ name: 'text', type: 'string' }]
  const execution = { parameters: [{ name: 'text', value }] }
  const step = world.start({ folder: await world.folder({}), command: 'echo {text}', declared, execution })
  const end = await step.wait()
  expect(end).toMatchObject({ kind: 'rejected', code: 'parameters' })
  expect(end.reason).toMatch(reason)
})

describe('the variables of a step', () => {
  test('are the caller’s with the run’s on top, on one’s own machine', async () => {
    await using world = await setup()
    process.env['TIDEMILL_TEST_OWN'] = 'mine'
    const step = world.start({ folder: await world.folder({}), command: program('print-environment') })
    await step.wait()
    expect(step.texts('stdout')).toEqual(expect.arrayContaining(['MLFLOW_RUN_ID=run-1', 'TIDEMILL_TEST_OWN=mine']))
  })

  test('are a list and never the worker’s own, on a worker', async () => {
    process.env['TIDEMILL_TEST_OWN'] = 'mine'
    process.env['TIDEMILL_TEST_ALLOWED'] = 'yes'
    await using world = await setup({ environmentPolicy: { kind: 'allow', names: ['TIDEMILL_TEST_ALLOWED'] } })
    const step = world.start({ folder: await world.folder({}), command: program('print-environment') })
    await step.wait()
    const names = step.texts('stdout').map((line) => line.slice(0, line.indexOf('=')))
    expect(names).toContain('TIDEMILL_TEST_ALLOWED')
    expect(names).not.toContain('TIDEMILL_TEST_OWN')
    const home = step.texts('stdout').find((line) => line.startsWith('HOME='))
    expect(home).toContain(world.dataDirectory)
  })
})

describe('path parameters', () => {
  const declared = [{ name: 'data', type: 'path' }]
  const parameters = (value: string) => ({ parameters: [{ name: 'data', value }] })

  test('become absolute paths that exist', async () => {
    await using world = await setup()
    const folder = await world.folder({ 'in put.txt': 'x' })
    const step = world.start({ folder, command: 'echo {data}', declared, execution: parameters('in%20put.txt') })
    await step.wait()
    expect(step.texts('stdout')).toEqual([join(folder, 'in put.txt')])
  })

  test('are downloaded when they are URIs', async () => {
    await using world = await setup({
      downloader: {
        download: async (uri, target) => {
          await writeFile(`${target}`, uri)
          return target
        },
      },
    })
    const step = world.start({
      folder: await world.folder({}),
      command: 'cat {data}',
      declared,
      execution: parameters('runs:/abc/model'),
    })
    expect(await step.wait()).toMatchObject({ kind: 'succeeded' })
    expect(step.texts('stdout')).toEqual(['runs:/abc/model'])
  })

  test.each([
    { value: 'missing.csv', end: { kind: 'rejected', code: 'parameters' } },
    { value: 'runs:/abc/gone', end: { kind: 'infra_failed', code: 'parameters' } },
  ])('that lead nowhere end the attempt ($value)', async ({ value, end }) => {
    await using world = await setup()
    const step = world.start({
      folder: await world.folder({}),
      command: 'echo {data}',
      declared,
      execution: parameters(value),
    })
    const answer = await step.wait()
    expect(answer).toMatchObject(end)
    expect(answer.reason).toContain(value)
  })
})

test('an observer that says stop before the command starts cancels the step', async () => {
  await using world = await setup()
  const folder = await world.folder({})
  const lines: string[] = []
  const handle = world.executor.start(toExecution({ folder, command: 'echo ran' }), {
    onLine: ({ text }) => lines.push(text),
    onPhase: async (phase) => phase !== 'executing',
    onTags: async () => undefined,
  })
  expect(await handle.wait()).toMatchObject({ kind: 'cancelled' })
  expect(lines).not.toContain('ran')
})
