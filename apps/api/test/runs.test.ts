import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeServer, MLFLOW } from './server-fixture.ts'

describeServer('runs', (server) => {
  const createRun = async (body: object = {}): Promise<string> => {
    const { status, json } = await server().post(`${MLFLOW}/runs/create`, { start_time: 1735700000000, ...body })
    expect(status).toBe(200)
    return json.run.info.run_id
  }
  const getRun = async (runId: string) => (await server().get(`${MLFLOW}/runs/get`, { run_id: runId })).json.run
  const log = (what: string, body: object) => server().post(`${MLFLOW}/runs/${what}`, body)

  test('a new run answers in the shape of the specification', async () => {
    const { json } = await log('create', {
      experiment_id: 0,
      user_id: 'ann',
      run_name: 'calm-fox-12',
      start_time: '1735700000000',
      tags: [{ key: 'mlflow.user', value: 'ann' }],
    })
    const { run_id: runId } = json.run.info
    expect(runId).toMatch(/^[0-9a-f]{32}$/)
    expect(json.run.info).toEqual({
      run_id: runId,
      run_uuid: runId,
      run_name: 'calm-fox-12',
      experiment_id: '0',
      user_id: 'ann',
      status: 'RUNNING',
      start_time: 1735700000000,
      artifact_uri: `mlflow-artifacts:/0/${runId}/artifacts`,
      lifecycle_stage: 'active',
    })
    expect(json.run.data.tags).toContainEqual({ key: 'mlflow.runName', value: 'calm-fox-12' })
    expect(json.run.inputs).toEqual({})
  })

  test('params, metrics and tags of single calls are read back', async () => {
    const runId = await createRun()
    expect((await log('log-parameter', { run_id: runId, key: 'lr', value: '0.1' })).json).toEqual({})
    await log('log-parameter', { run_id: runId, key: 'empty', value: '' })
    await log('log-metric', { run_id: runId, key: 'loss', value: 0.5, timestamp: 1, step: -2 })
    await log('log-metric', { run_id: runId, key: 'nan', value: 'NaN', timestamp: 1 })
    await log('log-metric', { run_id: runId, key: 'inf', value: '-Infinity', timestamp: 1 })
    await log('set-tag', { run_uuid: runId, key: 'team', value: '' })
    const { data } = await getRun(runId)
    expect(data.params).toEqual(
      expect.arrayContaining([
        { key: 'lr', value: '0.1' },
        { key: 'empty', value: '' },
      ]),
    )
    expect(data.metrics).toEqual(
      expect.arrayContaining([
        { key: 'loss', value: 0.5, timestamp: 1, step: -2 },
        { key: 'nan', value: 'NaN', timestamp: 1, step: 0 },
        { key: 'inf', value: -1.7976931348623157e308, timestamp: 1, step: 0 },
      ]),
    )
    expect(data.tags).toContainEqual({ key: 'team', value: '' })
    await log('delete-tag', { run_id: runId, key: 'team' })
    expect((await getRun(runId)).data.tags).not.toContainEqual({ key: 'team', value: '' })
    expect(await log('delete-tag', { run_id: runId, key: 'team' })).toMatchObject({
      status: 404,
      json: { message: `No tag with name: team in run with id ${runId}` },
    })
  })

  test('a param cannot change', async () => {
    const runId = await createRun()
    await log('log-parameter', { run_id: runId, key: 'lr', value: '0.1' })
    expect((await log('log-parameter', { run_id: runId, key: 'lr', value: '0.1' })).status).toBe(200)
    const changed = await log('log-parameter', { run_id: runId, key: 'lr', value: '0.2' })
    expect(changed).toMatchObject({
      status: 400,
      json: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: `Changing param values is not allowed. Param with key='lr' was already logged with value='0.1' for run ID='${runId}'. Attempted logging new value '0.2'.`,
      },
    })
  })

  test('a batch is stored whole, and its limits are MLflow’s', async () => {
    const runId = await createRun()
    const metrics = Array.from({ length: 1000 }, (_, step) => ({ key: 'm', value: step, timestamp: step, step }))
    expect((await log('log-batch', { run_id: runId, metrics })).json).toEqual({})
    expect((await getRun(runId)).data.metrics).toEqual([{ key: 'm', value: 999, timestamp: 999, step: 999 }])
    const params = Array.from({ length: 101 }, (_, index) => ({ key: `p${index}`, value: 'v' }))
    expect((await log('log-batch', { run_id: runId, params })).json.message).toContain(
      'A batch logging request can contain at most 100 params.',
    )
    const mixed = await log('log-batch', { run_id: runId, metrics, params: params.slice(0, 1) })
    expect(mixed.json.message).toContain('at most 1000 metrics, params, and tags')
    expect((await log('log-batch', { run_id: runId })).status).toBe(200)
  })

  test('a batch above one megabyte is taken', async () => {
    const runId = await createRun()
    const params = Array.from({ length: 100 }, (_, index) => ({ key: `p${index}`, value: 'v'.repeat(15_000) }))
    expect((await log('log-batch', { run_id: runId, params })).status).toBe(200)
  })

  test('renaming a finished run keeps its status', async () => {
    const runId = await createRun()
    const ended = await log('update', { run_id: runId, status: 'FINISHED', end_time: 1735700009000 })
    expect(ended.json.run_info).toMatchObject({ status: 'FINISHED', end_time: 1735700009000 })
    await log('update', { run_id: runId, run_name: 'other' })
    expect((await getRun(runId)).info).toMatchObject({ status: 'FINISHED', run_name: 'other' })
  })

  test('a deleted run is read but not written', async () => {
    const runId = await createRun()
    await log('delete', { run_id: runId })
    expect((await getRun(runId)).info.lifecycle_stage).toBe('deleted')
    const written = await log('set-tag', { run_id: runId, key: 'k', value: 'v' })
    expect(written.json.message).toBe(`The run ${runId} must be in the 'active' state. Current state is deleted.`)
    await log('restore', { run_id: runId })
    expect((await getRun(runId)).info.lifecycle_stage).toBe('active')
  })

  test('runs are searched by metric, with paging', async () => {
    const { json } = await server().post(`${MLFLOW}/experiments/create`, { name: randomUUID() })
    const experimentId = json.experiment_id
    const losses = [0.4, 0.1, 0.9]
    for (const loss of losses) {
      const runId = await createRun({ experiment_id: experimentId })
      await log('log-metric', { run_id: runId, key: 'loss', value: loss, timestamp: 1 })
    }
    const search = { experiment_ids: [experimentId], filter: 'metrics.loss < 0.5', order_by: ['metrics.loss ASC'] }
    const first = await log('search', { ...search, max_results: 1 })
    expect(
      first.json.runs.map((run: { data: { metrics: { value: number }[] } }) => run.data.metrics[0]?.value),
    ).toEqual([0.1])
    const second = await log('search', { ...search, max_results: 1, page_token: first.json.next_page_token })
    expect(
      second.json.runs.map((run: { data: { metrics: { value: number }[] } }) => run.data.metrics[0]?.value),
    ).toEqual([0.4])
    expect(second.json).not.toHaveProperty('next_page_token')
    expect(await log('search', { ...search, max_results: 123456789 })).toMatchObject({ status: 400 })
    expect((await log('search', {})).json).toEqual({ runs: [] })
  })

  test('metric history comes in pages', async () => {
    const runId = await createRun()
    const metrics = [5, 1, 4, 2, 3].map((timestamp) => ({ key: 'm', value: timestamp, timestamp, step: timestamp }))
    await log('log-batch', { run_id: runId, metrics })
    const history = (query: Record<string, string>) =>
      server().get(`${MLFLOW}/metrics/get-history`, { run_uuid: runId, metric_key: 'm', ...query })
    const first = await history({ max_results: '3' })
    expect(first.json.metrics.map((point: { timestamp: number }) => point.timestamp)).toEqual([1, 2, 3])
    const second = await history({ max_results: '3', page_token: first.json.next_page_token })
    expect(second.json.metrics.map((point: { timestamp: number }) => point.timestamp)).toEqual([4, 5])
    expect(second.json).not.toHaveProperty('next_page_token')
    expect(await history({ page_token: 'nonsense' })).toMatchObject({ status: 400 })
  })

  test.each<[string, string, object, string]>([
    ['log-metric', 'a number as run id', { run_id: 31 }, "Invalid value 31 for parameter 'run_id' supplied"],
    ['log-metric', 'a value that is no number', { value: 'foo' }, `Invalid value "foo" for parameter 'value' supplied`],
    ['log-metric', 'a negative time', { timestamp: -1 }, 'Timestamp must be a nonnegative long (64-bit integer)'],
    ['log-metric', 'a dataset without digest', { dataset_name: 'd' }, 'dataset_name and dataset_digest'],
    [
      'log-batch',
      'a digest without its dataset',
      { metrics: [{ key: 'm', value: 1, timestamp: 1, dataset_digest: 'd' }] },
      'metrics[0].dataset_name and metrics[0].dataset_digest',
    ],
    ['log-metric', 'a model id that cannot be stored', { model_id: 'm\0' }, "parameter 'model_id'"],
    [
      'log-metric',
      'a key with a star',
      { key: 'a*' },
      `Invalid value "a*" for parameter 'name' supplied: Names may only`,
    ],
    ['set-tag', 'a key that climbs', { key: '../a' }, 'must not resolve to other names'],
    ['set-tag', 'a run id that is none', { run_id: '../x' }, `Invalid value "../x" for parameter 'run_id' supplied`],
  ])('%s refuses %s', async (what, _, change, message) => {
    const runId = await createRun()
    const body = { run_id: runId, key: 'k', value: what === 'set-tag' ? 'v' : 1, timestamp: 1, ...change }
    const { status, json } = await log(what, body)
    expect([status, json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(json.message).toContain(message)
  })

  test.each(['get', 'update', 'delete', 'log-metric', 'log-batch'])('an unknown run is a 404 on %s', async (what) => {
    const runId = 'f'.repeat(32)
    const answer =
      what === 'get'
        ? await server().get(`${MLFLOW}/runs/get`, { run_id: runId })
        : await log(what, { run_id: runId, key: 'k', value: 1, timestamp: 1 })
    expect(answer).toMatchObject({
      status: 404,
      json: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `Run with id=${runId} not found` },
    })
  })
})
