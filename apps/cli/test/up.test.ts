import { createClient } from '@tidemill/sdk'
import { type TidemillProcess, waitFor } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createWorld, type World } from './world.ts'

const PROJECT = `
name: speak
entry_points:
  main: {parameters: {word: {type: string, default: hello}}, command: "echo {word}"}
  endless: {command: "echo going; sleep 1000000"}
`

/** A second, and what a busy machine adds. */
const STOP_LIMIT_MS = 2_500

describe('tidemill up', () => {
  let world: World
  let up: TidemillProcess
  let project: string
  beforeAll(async () => {
    world = await createWorld()
    project = await world.project('speak', { MLproject: PROJECT })
    up = await world.start(['up', '--port', '0'])
  })
  afterAll(async () => {
    await up?.stop()
    await world[Symbol.asyncDispose]()
  })

  const submit = async (...options: string[]): Promise<{ workflow_run_id: string; run_id: string }> => {
    const { code, stdout, stderr } = await world.tidemill([
      'submit',
      project,
      '--env-manager',
      'local',
      '--json',
      ...options,
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout)
  }

  test('is found by the other commands through its data directory', async () => {
    expect(up.readyLine).toBe(`Tidemill is ready at ${up.url}`)
    const { code, stderr } = await world.tidemill(['run', project, '--env-manager', 'local'])
    expect(code).toBe(0)
    expect(stderr).toContain(up.url)
  })

  test('submit prints the two ids, labelled', async () => {
    const { code, stdout } = await world.tidemill(['submit', project, '--env-manager', 'local', '--wait'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^workflow run: \S+\nMLflow run: {3}[0-9a-f]{32}\nhello\n$/)
  })

  test('a repeat of an idempotency key gives the same workflow run', async () => {
    const first = await submit('--idempotency-key', 'nightly')
    const second = await submit('--idempotency-key', 'nightly')
    expect(second.workflow_run_id).toBe(first.workflow_run_id)
  })

  test('logs -f goes on to the end, and takes the beginning of an id', async () => {
    const { workflow_run_id: id, run_id: runId } = await submit('-P', 'word=followed')
    for (const beginning of [id, id.slice(0, 12), id.replace(/^w-/, '').slice(0, 10), runId.slice(0, 10)]) {
      const { code, stdout } = await world.tidemill(['logs', beginning, '-f'])
      expect({ beginning, code }).toEqual({ beginning, code: 0 })
      expect(stdout).toMatch(/^followed$/m)
    }
  })

  test('workflows show gives the steps, and ls the table', async () => {
    const { workflow_run_id: id } = await submit()
    await world.tidemill(['logs', id, '-f'])
    const shown = await world.tidemill(['workflows', 'show', id])
    expect(shown.stdout).toMatch(/state +SUCCEEDED/)
    const listed = await world.tidemill(['workflows', 'ls', '--state', 'succeeded', '--limit', '100'])
    expect(listed.stdout.split('\n')[0]).toMatch(/^ID +NAME +STATE +STARTED +DURATION +PROJECT$/)
    expect(listed.stdout).toContain(id)
  })

  test.each([
    ['workflows', 'show', 'w-00000000000000000000000000000000'],
    ['logs', 'abcdefgh'],
    ['cancel', 'abc'],
  ])('%s %s %s is an unknown id: exit code 2', async (...args) => {
    const { code, stderr } = await world.tidemill(args.filter((arg) => arg !== undefined))
    expect(code).toBe(2)
    expect(stderr).toMatch(/There is no workflow run|too short/)
  })

  test('cancel of what has ended says so with exit code 2', async () => {
    const { workflow_run_id: id } = await submit()
    await world.tidemill(['logs', id, '-f'])
    const { code, stderr } = await world.tidemill(['cancel', id])
    expect(code).toBe(2)
    expect(stderr).toContain('SUCCEEDED')
  })

  test('a second one on the same data directory names the first', async () => {
    const { code, stderr } = await world.tidemill(['up', '--port', '0'])
    expect(code).toBe(2)
    expect(stderr).toContain(up.url)
  })

  test('doctor finds it', async () => {
    const { stdout } = await world.tidemill(['doctor', '--json'])
    const { checks }: { checks: { name: string; status: string; detail: string }[] } = JSON.parse(stdout)
    expect(checks).toContainEqual({ name: 'server', status: 'ok', detail: up.url })
  })

  test('SIGTERM ends it with exit code 0 in a second, though somebody follows a log', async () => {
    const { workflow_run_id: id } = await submit('-e', 'endless')
    const following = new AbortController()
    onTestFinished(() => following.abort())
    const seen = Promise.withResolvers<void>()
    const client = createClient({ url: up.url })
    await waitFor('an attempt', async () => (await client.getWorkflowRun(id)).steps[0]?.attempts.length === 1)
    const attemptId = (await client.getWorkflowRun(id)).steps[0]?.attempts[0]?.attempt_id ?? ''
    const follow = async (): Promise<void> => {
      for await (const line of client.followLogs(attemptId, { signal: following.signal })) {
        if (line.stream === 'stdout') seen.resolve()
      }
    }
    void follow()
    await seen.promise
    const stopped = performance.now()
    expect(await up.stop()).toBe(0)
    expect(performance.now() - stopped).toBeLessThan(STOP_LIMIT_MS)
  })
})
