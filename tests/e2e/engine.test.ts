import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@tidemill/sdk'
import {
  createPostgresDatabase,
  findMlflowClient,
  freePort,
  type GitServer,
  serveGitRepository,
  startRedisServer,
  startTidemill,
  type StartedService,
  type TidemillProcess,
  waitFor,
} from '@tidemill/testkit'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'

const fixtures = join(import.meta.dirname, 'fixtures')
const { postgres } = inject('services')
const client = await findMlflowClient('3.17.2')
const missing = [
  ...(postgres.isAvailable ? [] : [`Postgres (${postgres.reason})`]),
  ...(client === undefined ? ['mlflow-skinny 3.17.2 (the package index does not answer)'] : []),
]

interface SeenRun {
  readonly run_id: string
  readonly name: string
  readonly status: string
  readonly params: Record<string, string>
  readonly metrics: Record<string, number>
  readonly tags: Record<string, string>
  readonly artifacts: string[]
  readonly loss_history: number[]
}

describe.skipIf(missing.length > 0)(`distributed mode${missing.length > 0 ? `: needs ${missing.join(', ')}` : ''}`, () => {
  let databaseUri: string
  let dropDatabase: () => Promise<void>
  let redis: StartedService
  let redisUrl: string
  let directory: string
  let server: TidemillProcess
  let workers: TidemillProcess[]
  let tracked: GitServer
  let shell: GitServer

  const startWorker = (): Promise<TidemillProcess> =>
    startTidemill(
      [
        'worker',
        '--backend-store-uri',
        databaseUri,
        '--redis-url',
        redisUrl,
        '--tracking-uri',
        server.url,
        '--data-dir',
        join(directory, 'worker'),
        '--project-sources',
        'https,git',
      ],
      { PATH: `${join(client?.python ?? '', '..')}:${process.env.PATH ?? ''}`, WORKER_SECRET: 'must-not-leak' },
    )

  beforeAll(async () => {
    if (!postgres.isAvailable) return
    const database = await createPostgresDatabase(postgres.url)
    databaseUri = database.uri
    dropDatabase = database.drop
    const started = await startRedisServer(await freePort())
    if (started === undefined || !started.service.isAvailable) throw new Error('redis-server did not start')
    redis = started
    redisUrl = started.service.url
    directory = await mkdtemp(join(tmpdir(), 'tidemill-e2e-'))
    ;[tracked, shell] = await Promise.all([
      serveGitRepository(join(fixtures, 'tracked'), 'tracked'),
      serveGitRepository(join(fixtures, 'shell'), 'shell'),
    ])
    server = await startTidemill([
      'server',
      '--port',
      '0',
      '--backend-store-uri',
      databaseUri,
      '--redis-url',
      redisUrl,
      '--data-dir',
      join(directory, 'server'),
      '--project-sources',
      'https,git',
    ])
    workers = await Promise.all([startWorker(), startWorker()])
  })

  afterAll(async () => {
    await Promise.all([...(workers ?? []), ...(server === undefined ? [] : [server])].map((one) => one.stop()))
    await Promise.all([tracked?.stop(), shell?.stop(), redis?.stop()])
    await dropDatabase?.()
    if (directory !== undefined) await rm(directory, { recursive: true, force: true })
  })

  const submit = (uri: string, request: Record<string, unknown>) =>
    createClient({ url: server.url }).submitWorkflowRun({
      project: { uri },
      environment_manager: 'local',
      ...request,
    })

  const ended = (workflowRunId: string, timeoutMs = 60_000) =>
    waitFor(
      `workflow run ${workflowRunId} to end`,
      async () => {
        const workflowRun = await createClient({ url: server.url }).getWorkflowRun(workflowRunId)
        return workflowRun.ended_at === undefined ? undefined : workflowRun
      },
      timeoutMs,
    )

  test('a workflow from a Git URI ends as a tracked run that a real MLflow client reads', async () => {
    const { workflow_run: submitted } = await submit(tracked.uri, {
      project: { uri: tracked.uri, version: 'v1' },
      workflow: 'pipeline',
      parameters: { rows: 5 },
      experiment_name: 'distributed pipeline',
    })
    expect(submitted.project.commit).toBe(tracked.commit)
    const workflowRun = await ended(submitted.workflow_run_id)
    expect(workflowRun.state, JSON.stringify(workflowRun, undefined, 1)).toBe('SUCCEEDED')

    const printed = await client?.runScript(join(import.meta.dirname, 'read-pipeline.py'), [workflowRun.run_id], server.url)
    const seen: { root: SeenRun; children: SeenRun[]; weights: string[] } = JSON.parse(printed ?? '')
    expect(seen.root).toMatchObject({ status: 'FINISHED', params: { rows: '5' } })
    expect(seen.root.tags).toMatchObject({
      'mlflow.source.type': 'PROJECT',
      'mlflow.source.name': tracked.uri,
      'mlflow.source.git.commit': tracked.commit,
    })
    expect(seen.children.map(({ name }) => name).toSorted()).toEqual(['prepare', 'report', 'train-1', 'train-2'])
    const train = seen.children.filter(({ name }) => name.startsWith('train'))
    expect(train.map(({ params }) => params.alpha).toSorted()).toEqual(['0.1', '0.5'])
    for (const run of train) {
      const alpha = Number(run.params.alpha)
      expect(run.status).toBe('FINISHED')
      expect(run.tags['mlflow.parentRunId']).toBe(seen.root.run_id)
      expect(run.metrics).toEqual({ loss: alpha / 3, rows_read: 5 })
      expect(run.loss_history).toEqual([alpha, alpha / 2, alpha / 3])
      expect(run.artifacts).toContain('model/weights.txt')
      expect(run.artifacts).toContain('logs/attempt-1.log')
    }
    expect(seen.weights.toSorted()).toEqual(['alpha=0.1', 'alpha=0.5'])
    const report = seen.children.find(({ name }) => name === 'report')
    expect(report?.metrics.best_loss).toBeCloseTo(0.1 / 3)
    expect(report?.tags.best_run_id).toBe(train.find(({ params }) => params.alpha === '0.1')?.run_id)
  })

  test('a single entry point logs to the workflow run itself and its log can be followed', async () => {
    const { workflow_run: submitted } = await submit(shell.uri, { parameters: { word: 'höhle' } })
    const workflowRun = await ended(submitted.workflow_run_id)
    expect(workflowRun.state).toBe('SUCCEEDED')
    const attempt = workflowRun.steps[0]?.attempts[0]
    expect(attempt).toMatchObject({ run_id: workflowRun.run_id, number: 1, exit_code: 0 })
    const lines: string[] = []
    for await (const line of createClient({ url: server.url }).followLogs(attempt?.attempt_id ?? '', { from: 1 })) {
      if (line.stream === 'stdout') lines.push(line.text)
    }
    expect(lines).toEqual(['höhle'])
  })

  test('a failed step ends the run FAILED with the exit code as the reason', async () => {
    const { workflow_run: submitted } = await submit(shell.uri, { entry_point: 'fail' })
    const workflowRun = await ended(submitted.workflow_run_id)
    expect(workflowRun).toMatchObject({ state: 'FAILED', reason: expect.stringContaining('exit code 3') })
    const run = await createClient({ url: server.url }).getRun(workflowRun.run_id)
    expect(run.info.status).toBe('FAILED')
    expect(run.data.tags?.find(({ key }) => key === 'tidemill.reason')?.value).toContain('exit code 3')
  })

  test("a step sees the run's variables and nothing of the worker's own", async () => {
    const { workflow_run: submitted } = await submit(shell.uri, { entry_point: 'secret' })
    const workflowRun = await ended(submitted.workflow_run_id)
    const { lines } = await createClient({ url: server.url }).readLogs(workflowRun.steps[0]?.attempts[0]?.attempt_id ?? '', {})
    const text = lines.map((line) => line.text).join('\n')
    expect(text).toContain(`MLFLOW_RUN_ID=${workflowRun.run_id}`)
    expect(text).toContain('MLFLOW_TRACKING_URI=http')
    expect(text).not.toContain('must-not-leak')
    expect(text).not.toContain('postgresql://')
  })

  test('a worker killed in the middle of a step is taken over, with one result and nothing left running', async () => {
    const marker = join(directory, 'hang-once')
    const { workflow_run: submitted } = await submit(shell.uri, { workflow: 'hanging', parameters: { marker } })
    const firstPid = await waitFor('the step to hang', async () => {
      const text = await readFile(marker, 'utf8').catch(() => '')
      return text.includes('\n') ? Number(text.split('\n')[0]) : undefined
    })
    expect(firstPid).toBeGreaterThan(0)
    const running = await createClient({ url: server.url }).getWorkflowRun(submitted.workflow_run_id)
    const holder = running.steps.find(({ key }) => key === 'second')?.attempts[0]?.worker_id
    const victim = workers.find(({ readyLine }) => holder !== undefined && readyLine.includes(holder))
    if (victim === undefined) throw new Error(`no worker printed the id ${holder}`)
    const killedAt = Date.now()
    await victim.kill()

    const workflowRun = await ended(submitted.workflow_run_id, 90_000)
    expect(workflowRun.state).toBe('SUCCEEDED')
    const attempts = workflowRun.steps.find(({ key }) => key === 'second')?.attempts ?? []
    expect(attempts.map(({ state }) => state)).toEqual(['LOST', 'SUCCEEDED'])
    expect((attempts[1]?.started_at ?? Infinity) - killedAt).toBeLessThan(45_000)
    expect(await readFile(marker, 'utf8')).toMatch(/^\d+\n\d+\n$/)
    expect(await processesWith('sleep 600')).toEqual([])
    workers = [...workers.filter((one) => one !== victim), await startWorker()]
  })

  test('attempts that were queued when Redis was flushed all end', async () => {
    const submissions = await Promise.all(
      Array.from({ length: 5 }, () => submit(shell.uri, { workflow: 'many' })),
    )
    const connection = new Redis(redisUrl)
    await connection.flushall()
    connection.disconnect()
    const workflowRuns = await Promise.all(submissions.map((one) => ended(one.workflow_run.workflow_run_id, 90_000)))
    for (const workflowRun of workflowRuns) {
      expect(workflowRun.state).toBe('SUCCEEDED')
      expect(workflowRun.steps[0]?.attempts.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'SUCCEEDED'))
    }
  })

  test('a submission while Redis is down is accepted at once and runs when Redis is back', async () => {
    const port = Number(new URL(redisUrl).port)
    await redis.stop()
    const startedAt = performance.now()
    const { workflow_run: submitted } = await submit(shell.uri, {})
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(submitted.state).toBe('QUEUED')
    const restarted = await startRedisServer(port)
    if (restarted === undefined) throw new Error('redis-server did not start again')
    redis = restarted
    expect((await ended(submitted.workflow_run_id)).state).toBe('SUCCEEDED')
  })

  test('a repeated Idempotency-Key answers the first workflow run', async () => {
    const sdk = createClient({ url: server.url })
    const request = { project: { uri: shell.uri }, environment_manager: 'local' as const }
    const [first, second] = await Promise.all([
      sdk.submitWorkflowRun(request, { idempotencyKey: 'once' }),
      sdk.submitWorkflowRun(request, { idempotencyKey: 'once' }),
    ])
    expect(second.workflow_run.workflow_run_id).toBe(first.workflow_run.workflow_run_id)
    await ended(first.workflow_run.workflow_run_id)
  })

  test('a cancelled step that ignores SIGTERM leaves no process, not even in a session of its own', async () => {
    const started = join(directory, 'stubborn-started')
    const { workflow_run: submitted } = await submit(shell.uri, { entry_point: 'stubborn', parameters: { pids: started } })
    await waitFor('the step to start', () => readFile(started, 'utf8').catch(() => undefined))
    expect((await processesWith('sleep 601')).length).toBeGreaterThan(0)
    await createClient({ url: server.url }).cancelWorkflowRun(submitted.workflow_run_id)
    const workflowRun = await ended(submitted.workflow_run_id)
    expect(workflowRun.state).toBe('CANCELLED')
    expect(workflowRun.steps[0]?.attempts[0]?.state).toBe('CANCELLED')
    expect(await processesWith('sleep 601')).toEqual([])
    const run = await createClient({ url: server.url }).getRun(workflowRun.run_id)
    expect(run.info.status).toBe('KILLED')
  })
})

/** Command lines on this machine that contain the text. */
const processesWith = async (text: string): Promise<string[]> => {
  const { readdir } = await import('node:fs/promises')
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(
    ids.map(async (id) => (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim()),
  )
  return commands.filter((command) => command === text)
}
