import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startAttempt, submit, writeProject } from './project-fixture.ts'
import { describeServer, MLFLOW, TIDEMILL } from './server-fixture.ts'

describeServer('workflow runs', (server) => {
  const setup = async () => {
    const uri = await writeProject(server(), randomUUID())
    const get = async (id: string) => (await server().get(`${TIDEMILL}/workflow-runs/${id}`)).json.workflow_run
    const move = (id: string, action: string) =>
      server().request({ method: 'POST', url: `${TIDEMILL}/workflow-runs/${id}/${action}` })
    const submitted = async (body: object = {}) => {
      const answer = await submit(server(), { project: { uri }, ...body })
      expect(answer.status).toBe(202)
      return answer.json.workflow_run
    }
    return { uri, get, move, submitted }
  }

  test('a submission is accepted, stored and tracked', async () => {
    const { uri, get, submitted } = await setup()
    const experiment = `experiment ${randomUUID()}`
    const run = await submitted({
      parameters: { alpha: 0.1, data: true },
      experiment_name: experiment,
      run_name: 'first',
    })
    expect(run).toMatchObject({
      name: 'main',
      state: 'QUEUED',
      project: { uri },
      parameters: { alpha: '0.1', data: 'True' },
      steps: [{ key: 'main', needs: [], attempts: [{ number: 1, state: 'QUEUED' }] }],
    })
    expect(run.steps[0]).not.toHaveProperty('cells')
    expect(await get(run.workflow_run_id)).toEqual(run)

    const { info, data } = (await server().get(`${MLFLOW}/runs/get`, { run_id: run.run_id })).json.run
    const found = await server().get(`${MLFLOW}/experiments/get-by-name`, { experiment_name: experiment })
    expect(info).toMatchObject({ run_name: 'first', experiment_id: found.json.experiment.experiment_id })
    const tags = Object.fromEntries(data.tags.map(({ key, value }: { key: string; value: string }) => [key, value]))
    expect(tags).toMatchObject({
      'mlflow.source.type': 'PROJECT',
      'mlflow.source.name': uri,
      'mlflow.project.entryPoint': 'main',
      'mlflow.project.backend': 'tidemill',
      ...(server().context.config.isEmbedded ? { 'mlflow.user': userInfo().username } : {}),
    })
    await server().context.engine.cancelWorkflowRun(run.workflow_run_id)
  })

  test('a matrix step has cells, and its attempts name theirs', async () => {
    const { submitted, move } = await setup()
    const run = await submitted({ workflow: 'grid' })
    expect(run.parameters).toEqual({ rows: '10' })
    const [prepare, train] = run.steps
    expect(prepare).not.toHaveProperty('cells')
    expect(train).toMatchObject({
      key: 'train',
      state: 'BLOCKED',
      needs: ['prepare'],
      cells: [
        { index: 0, matrix: { alpha: '0.1' } },
        { index: 1, matrix: { alpha: '0.5' } },
      ],
      attempts: [],
    })
    expect((await move(run.workflow_run_id, 'cancel')).json.workflow_run.state).toBe('CANCELLED')
  })

  test('a repeated key gives the same workflow run, another request with it is a conflict', async () => {
    const { uri, move } = await setup()
    const key = { 'idempotency-key': randomUUID() }
    const first = await submit(server(), { project: { uri }, parameters: { alpha: 1, data: 'a' } }, key)
    const second = await submit(server(), { parameters: { data: 'a', alpha: 1 }, project: { uri } }, key)
    expect([second.status, second.json.workflow_run]).toEqual([202, first.json.workflow_run])
    const other = await submit(server(), { project: { uri } }, key)
    expect([other.status, other.json.error_code]).toEqual([409, 'RESOURCE_CONFLICT'])
    await move(first.json.workflow_run.workflow_run_id, 'cancel')
  })

  test('a repeated key is answered although the project is gone', async () => {
    const { uri, move } = await setup()
    const key = { 'idempotency-key': randomUUID() }
    const body = { project: { uri }, parameters: { data: 'a', alpha: 1 } }
    const first = await submit(server(), body, key)
    await rm(uri, { recursive: true })
    const second = await submit(server(), body, key)
    expect([second.status, second.json]).toEqual([202, first.json])
    expect((await submit(server(), body)).status).toBe(400)
    await move(first.json.workflow_run.workflow_run_id, 'cancel')
  })

  test.each([['x'.repeat(256)], ['a b'], ['']])('the idempotency key %j is refused', async (key) => {
    const { uri } = await setup()
    const answer = await submit(server(), { project: { uri } }, { 'idempotency-key': key })
    expect([answer.status, answer.json.message]).toEqual([400, expect.stringContaining('Idempotency-Key')])
  })

  test.each<[string, object, string]>([
    ['an unknown entry point', { entry_point: 'nope' }, 'nope'],
    ['an unknown workflow', { workflow: 'nope' }, 'grid'],
    ['both', { workflow: 'grid', entry_point: 'main' }, 'Name only one'],
    ['a missing parameter', { entry_point: 'prepare' }, 'rows'],
    ['two experiments', { experiment_id: '0', experiment_name: 'x' }, 'Name only one'],
    [
      'an unknown manager',
      { environment_manager: 'poetry' },
      `Invalid value "poetry" for parameter 'environment_manager'`,
    ],
    ['no project', { project: {} }, `Missing value for required parameter 'project.uri'`],
    ['no such folder', { project: { uri: '/no/such/folder' } }, '/no/such/folder'],
  ])('%s is refused and nothing is stored', async (_, body, message) => {
    const { uri } = await setup()
    const before = (await server().get(`${TIDEMILL}/workflow-runs`)).json.workflow_runs.length
    const answer = await submit(server(), { project: { uri }, ...body })
    expect([answer.status, answer.json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(answer.json.message).toContain(message)
    expect((await server().get(`${TIDEMILL}/workflow-runs`)).json.workflow_runs).toHaveLength(before)
  })

  test('a bad MLproject answers all its findings with their places', async () => {
    const bad = `name: bad
entry_points:
  train: {command: "echo"}
workflows:
  main:
    steps:
      a: {entry_point: trian}
      b: {entry_point: train, needs: [c]}
`
    const uri = await writeProject(server(), randomUUID(), bad)
    const experiment = `experiment ${randomUUID()}`
    const { status, json } = await submit(server(), { project: { uri }, experiment_name: experiment })
    expect([status, json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(json.findings.length).toBeGreaterThanOrEqual(2)
    for (const finding of json.findings) expect(finding).toMatchObject({ file: 'MLproject', line: expect.any(Number) })
    const found = await server().get(`${MLFLOW}/experiments/get-by-name`, { experiment_name: experiment })
    expect(found.status).toBe(404)
  })

  test('a deleted experiment is not submitted to', async () => {
    const { uri } = await setup()
    const name = randomUUID()
    const { json } = await server().post(`${MLFLOW}/experiments/create`, { name })
    await server().post(`${MLFLOW}/experiments/delete`, { experiment_id: json.experiment_id })
    for (const choice of [{ experiment_name: name }, { experiment_id: json.experiment_id }]) {
      const answer = await submit(server(), { project: { uri }, ...choice })
      expect([answer.status, answer.json.message]).toEqual([400, expect.stringContaining('is deleted')])
    }
    expect((await submit(server(), { project: { uri }, experiment_id: '999999' })).status).toBe(404)
  })

  test('moves answer the workflow run, or a conflict where the state forbids them', async () => {
    const { move, submitted } = await setup()
    const { workflow_run_id: id } = await submitted()
    const stateAfter = async (action: string) => (await move(id, action)).json.workflow_run.state
    expect(await stateAfter('pause')).toBe('PAUSED')
    expect((await move(id, 'pause')).status).toBe(409)
    expect(await stateAfter('resume')).toMatch(/^(QUEUED|RUNNING)$/)
    expect(await stateAfter('cancel')).toBe('CANCELLED')
    for (const action of ['cancel', 'pause', 'resume', 'approve']) {
      const answer = await move(id, action)
      expect([action, answer.status, answer.json.error_code]).toEqual([action, 409, 'RESOURCE_CONFLICT'])
    }
    expect(await stateAfter('retry')).toMatch(/^(QUEUED|RUNNING)$/)
    await move(id, 'cancel')
  })

  test.each(['', '/cancel', '/retry', '/pause', '/resume', '/approve'])(
    'an unknown id is a 404 on %j',
    async (action) => {
      const url = `${TIDEMILL}/workflow-runs/w-unknown${action}`
      const answer = await server().request({ method: action === '' ? 'GET' : 'POST', url })
      expect([answer.status, answer.json.error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST'])
    },
  )

  test('the list is filtered by state and pages', async () => {
    const { move, submitted } = await setup()
    const name = randomUUID()
    const ids: string[] = []
    for (let count = 0; count < 3; count++) {
      const { workflow_run_id: id } = await submitted({ experiment_name: name })
      ids.unshift(id)
      await move(id, 'cancel')
    }
    const found = await server().get(`${MLFLOW}/experiments/get-by-name`, { experiment_name: name })
    const list = async (query: Record<string, string>) =>
      (
        await server().get(`${TIDEMILL}/workflow-runs`, {
          experiment_id: found.json.experiment.experiment_id,
          ...query,
        })
      ).json
    const idsOf = (page: { workflow_runs: { workflow_run_id: string }[] }) =>
      page.workflow_runs.map((run) => run.workflow_run_id)
    expect(idsOf(await list({ state: 'CANCELLED,FAILED' }))).toEqual(ids)
    expect(idsOf(await list({ state: 'RUNNING' }))).toEqual([])
    const first = await list({ max_results: '2' })
    const second = await list({ max_results: '2', page_token: first.next_page_token })
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids)
    expect(second).not.toHaveProperty('next_page_token')
  })

  test.each([
    [{ state: 'DONE' }, 'DONE'],
    [{ state: 'RUNNING,,FAILED' }, `parameter 'state'`],
    [{ max_results: '0' }, `parameter 'max_results'`],
    [{ max_results: '101' }, `parameter 'max_results'`],
    [{ page_token: 'nonsense' }, 'page'],
  ])('the list refuses %j', async (query, message) => {
    const { status, json } = await server().get(`${TIDEMILL}/workflow-runs`, query)
    expect([status, json.message]).toEqual([400, expect.stringContaining(message)])
  })

  test('workers and queue say who works on what', async () => {
    const { move, submitted } = await setup()
    const { workflow_run_id: id } = await submitted()
    expect((await server().get(`${TIDEMILL}/queue`)).json).toMatchObject({
      depth: expect.any(Number),
      oldest_queued_at: expect.any(Number),
      waiting: expect.arrayContaining([{ reason: 'queued', count: 1 }]),
    })
    const workerId = `worker-${randomUUID()}`
    const lease = await startAttempt(server(), id, workerId)
    const { workers } = (await server().get(`${TIDEMILL}/workers`)).json
    expect(workers).toContainEqual(
      expect.objectContaining({
        worker_id: workerId,
        is_alive: true,
        attempts: [{ attempt_id: lease.attemptId, workflow_run_id: id, step_key: 'main', state: 'EXECUTING' }],
      }),
    )
    await move(id, 'cancel')
    await server().context.engine.finishAttempt(lease, { kind: 'cancelled', code: 'cancelled' })
  })

  test('a log names the workflow run and the request', async () => {
    const { submitted, move } = await setup()
    const { workflow_run_id: id, run_id: runId } = await submitted()
    await move(id, 'cancel')
    const line = server().logs.find((each) => each.workflowRunId === id && each.method === 'POST')
    expect(line).toMatchObject({
      requestId: expect.any(String),
      runId,
      route: `${TIDEMILL}/workflow-runs`,
      status: 202,
    })
  })

  test('a project folder below the data directory is not special', async () => {
    const answer = await submit(server(), { project: { uri: join(server().directory, 'no-project-here') } })
    expect(answer.status).toBe(400)
  })
})
