import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SubmitWorkflowRunRequest } from '@tidemill/core'
import { ApiError, createClient, type TidemillClient } from '@tidemill/sdk'
import {
  type GitServer,
  runTidemill,
  serveGitRepository,
  startTidemill,
  type TidemillProcess,
  waitFor,
} from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const fixtures = join(import.meta.dirname, 'fixtures')

describe('bad input', () => {
  let directory: string
  let tidemill: TidemillProcess
  let client: TidemillClient
  let repository: GitServer

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidemill-bad-input-'))
    await cp(fixtures, join(directory, 'fixtures'), { recursive: true })
    repository = await serveGitRepository(join(fixtures, 'shell'), 'shell')
    tidemill = await startTidemill(['up', '--port', '0', '--data-dir', join(directory, 'data')], {
      DOCKER_HOST: `unix://${join(directory, 'no-docker.sock')}`,
    })
    client = createClient({ url: tidemill.url })
  })

  afterAll(async () => {
    await tidemill?.stop()
    await repository?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const folder = (name: string): string => join(directory, 'fixtures', name)
  const runsOf = async (): Promise<number> => (await client.searchRuns({ experimentIds: ['0'] })).runs?.length ?? 0

  const refused: readonly [string, () => Partial<SubmitWorkflowRunRequest>, RegExp][] = [
    ['an unknown version', () => ({ project: { uri: repository.uri, version: 'no-such-branch' } }), /no-such-branch/],
    ['an unknown short SHA', () => ({ project: { uri: repository.uri, version: 'abcdef0' } }), /abcdef0/],
    ['a missing subdirectory', () => ({ project: { uri: `${repository.uri}#no/such` } }), /no\/such/],
    ['an unreachable host', () => ({ project: { uri: 'git://127.0.0.1:1/x' } }), /127\.0\.0\.1/],
    ['a missing folder', () => ({ project: { uri: '/no/such/folder' } }), /\/no\/such\/folder/],
    ['a URI that would run a command', () => ({ project: { uri: 'ext::sh -c touch% /tmp/pwned' } }), /ext/],
    [
      'a version that is an option',
      () => ({ project: { uri: repository.uri, version: '--upload-pack=x' } }),
      /--upload-pack/,
    ],
    ['an unknown entry point', () => ({ project: { uri: folder('shell') }, entry_point: 'mian' }), /mian.*main/s],
    ['an unknown workflow', () => ({ project: { uri: folder('shell') }, workflow: 'nightly' }), /nightly.*many/s],
    ['a missing parameter', () => ({ project: { uri: folder('shell') }, entry_point: 'hang_once' }), /marker/],
    [
      'a parameter key with shell syntax',
      () => ({ project: { uri: folder('shell') }, parameters: { 'x;touch PWN': '1' } }),
      /x;touch PWN/,
    ],
    [
      'an entry point and a workflow at once',
      () => ({ project: { uri: folder('shell') }, entry_point: 'main', workflow: 'many' }),
      /workflow/,
    ],
    [
      'two experiments at once',
      () => ({ project: { uri: folder('shell') }, experiment_name: 'a', experiment_id: '0' }),
      /experiment/,
    ],
    ['an unknown experiment id', () => ({ project: { uri: folder('shell') }, experiment_id: '4242' }), /4242/],
  ]

  test.for(refused)('%s is refused with a message that names it, and stores nothing', async ([, request, message]) => {
    const before = await runsOf()
    const answer = await client
      .submitWorkflowRun({ project: { uri: folder('shell') }, ...request() })
      .catch((error: unknown) => error)
    expect(answer).toBeInstanceOf(ApiError)
    if (!(answer instanceof ApiError)) return
    expect(answer.message).toMatch(message)
    expect([400, 404]).toContain(answer.status)
    expect(await runsOf()).toBe(before)
  })

  test('a bad MLproject is answered with every finding at once, and with exit code 2', async () => {
    const answer = await client
      .submitWorkflowRun({ project: { uri: folder('broken') } })
      .catch((error: unknown) => error)
    expect(answer).toBeInstanceOf(ApiError)
    if (!(answer instanceof ApiError)) return
    expect(answer.status).toBe(400)
    const messages = (answer.findings ?? []).map(({ line, message }) => `${line}: ${message}`).join('\n')
    expect(messages).toMatch(/missing/)
    expect(messages).toMatch(/mian/)
    expect(messages).toMatch(/third/)
    expect(messages).toMatch(/circle: first -> second -> first/)

    const command = await runTidemill(['run', folder('broken'), '--tracking-uri', tidemill.url])
    expect(command.code).toBe(2)
    expect(command.stderr).toMatch(/MLproject:\d+:\d+/)
  })

  const failing: readonly [string, string, Partial<SubmitWorkflowRunRequest>, RegExp][] = [
    ['an environment that cannot be built', 'unbuildable', {}, /tidemill-no-such-package/],
    ['a Docker Engine that is away', 'docker', {}, /[Dd]ocker/],
    [
      'a path parameter that is not there',
      'tracked',
      { entry_point: 'train', environment_manager: 'local', parameters: { data: '/no/such/data', alpha: 1 } },
      /\/no\/such\/data/,
    ],
  ]

  test.for(failing)('%s ends the run FAILED with the reason as a tag', async ([, name, request, reason]) => {
    const { workflow_run: submitted } = await client.submitWorkflowRun({ project: { uri: folder(name) }, ...request })
    const workflowRun = await waitFor(
      'the run to end',
      async () => {
        const answer = await client.getWorkflowRun(submitted.workflow_run_id)
        return answer.ended_at === undefined ? undefined : answer
      },
      120_000,
    )
    expect(workflowRun.state).toBe('FAILED')
    expect(workflowRun.reason).toMatch(reason)
    const run = await client.getRun(workflowRun.run_id)
    expect(run.info.status).toBe('FAILED')
    expect(run.data.tags?.find(({ key }) => key === 'tidemill.reason')?.value).toMatch(reason)
  })
})
