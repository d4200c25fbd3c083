import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '@tidemill/testkit'
import { createWorld, type World } from './world.ts'

const CHAIN = `
name: chain
entry_points:
  say: {parameters: {word: string}, command: "echo {word} && echo {word} >&2"}
  fail: {command: "echo going && exit 3"}
  wait: {parameters: {seconds: int}, command: "trap '' TERM; echo waiting; sleep {seconds}"}
workflows:
  main:
    parameters: {word: {type: string, default: hello}}
    steps:
      first: {entry_point: say, parameters: {word: "\${{ workflow.parameters.word }}"}}
      many:
        entry_point: say
        needs: [first]
        matrix: {word: [x, y]}
        parameters: {word: "\${{ matrix.word }}"}
`

const BROKEN = `
name: broken
entry_points:
  say: {command: "echo"}
workflows:
  main:
    steps:
      a: {entry_point: sayy}
      b: {entry_point: say, needs: [c]}
`

const hello = join(import.meta.dirname, '../../../examples/hello')

/** Every test starts a server of its own, as \`run\` does when none is there. */
describe('tidemill run without a server', () => {
  let world: World
  let chain: string
  beforeAll(async () => {
    world = await createWorld()
    chain = await world.project('chain', { MLproject: CHAIN })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  test('runs a workflow in the folder it stands in: output on stdout by step, progress and result on stderr', async () => {
    const { code, stdout, stderr } = await world.tidemill(
      ['run', '.', '--env-manager', 'local', '-P', 'word=hi'],
      chain,
    )
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trim().split('\n').toSorted()
    expect(lines).toEqual(['[first] hi', '[first] hi', '[many-1] x', '[many-1] x', '[many-2] y', '[many-2] y'])
    expect(stderr).toMatch(/many SUCCEEDED \(2\/2 cells/)
    expect(stderr).toMatch(/SUCCEEDED after [\d.]+s\. MLflow run [0-9a-f]{32}\n$/)
  })

  test('prints one JSON object with --json, and the output of a failed entry point stays in its log', async () => {
    const { code, stdout, stderr } = await world.tidemill(
      ['run', chain, '-e', 'fail', '--env-manager', 'local', '--json'],
      '/',
    )
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'FAILED',
      name: 'fail',
      steps: [{ attempts: [{ exit_code: 3 }] }],
    })
    expect(stderr).toMatch(/FAILED after .*exited with code 3/)
  })

  test('commands that start at once share one server, which stays until the last has its result', async () => {
    const results = await Promise.all(
      ['one', 'two'].map((word) =>
        world.tidemill(['run', chain, '-e', 'say', '-P', `word=${word}`, '--env-manager', 'local']),
      ),
    )
    expect(results.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, 'one\none\n'],
      [0, 'two\ntwo\n'],
    ])
    const urls = results.map(({ stderr }) => /on (http:\S+)/.exec(stderr)?.[1])
    expect(urls[0]).toBe(urls[1])
  })

  test('runs examples/hello', async () => {
    const { code, stdout } = await world.tidemill(['run', hello, '--env-manager', 'local', '-P', 'name=Ada'])
    expect(code).toBe(0)
    const lines = stdout.trim().split('\n')
    expect(lines.slice(0, 2)).toEqual(['[greet] Hello, Ada!', '[count] Ada has 3 letters'])
    expect(lines.at(-1)).toMatch(/^\[farewell\] Goodbye, Ada\. Your letters were counted in run [0-9a-f]{32}\.$/)
  })

  test('a path parameter names a file of the directory that the command stands in', async () => {
    const project = await world.project('reader', {
      MLproject: 'entry_points: {main: {parameters: {file: path}, command: "cat {file}"}}',
    })
    const here = await world.project('here', { 'note.txt': 'from here\n' })
    const args = ['run', project, '--env-manager', 'local', '--storage-dir', '/tmp', '-P', 'file=note.txt']
    const { code, stdout, stderr } = await world.tidemill(args, here)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'from here\n' })
    expect(stderr).toContain('warning: --storage-dir is not needed')
  })

  test('a bad project ends with exit code 2 and every finding', async () => {
    const broken = await world.project('broken', { MLproject: BROKEN })
    const { code, stdout, stderr } = await world.tidemill(['run', broken])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain("'sayy'")
    expect(stderr).toContain("'c'")
  })

  test('a folder that is not there ends with exit code 2', async () => {
    const { code, stderr } = await world.tidemill(['run', './nowhere'])
    expect(code).toBe(2)
    expect(stderr).toContain('nowhere')
  })

  test('Ctrl-C cancels the workflow run, waits for its end and leaves no process', async () => {
    const executable = join(import.meta.dirname, '../bin/tidemill')
    // Tells this test's process from all others.
    const seconds = String(1_000_000 + process.pid)
    const child = spawn(
      executable,
      ['run', chain, '-e', 'wait', '--env-manager', 'local', '-P', `seconds=${seconds}`],
      {
        env: { ...process.env, ...world.environment, TIDEMILL_SOURCE: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const exit = once(child, 'exit')
    await waitFor(
      'the step to run',
      async () => stdout.includes('waiting') && (await listCommands()).includes(`sleep ${seconds}`),
    )
    child.kill('SIGINT')
    expect(await exit).toEqual([3, null])
    expect(stderr).toMatch(/CANCELLED after/)
    expect(await listCommands()).not.toContain(`sleep ${seconds}`)
  })
})

const listCommands = async (): Promise<string> => (await promisify(execFile)('ps', ['-eo', 'args'])).stdout
