import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { describeServer, MLFLOW } from './server-fixture.ts'

const AJAX = '/ajax-api/2.0/mlflow'

interface Point {
  readonly key: string
  readonly value: number | string
  readonly timestamp: number
  readonly step: number
  readonly run_id?: string
}

describeServer('histories of metrics', (server) => {
  const aRun = async (points: readonly Omit<Point, 'key'>[]): Promise<string> => {
    const { json } = await server().post(`${MLFLOW}/runs/create`, {})
    const runId: string = json.run.info.run_id
    const metrics = points.map((point) => ({ key: 'm', ...point }))
    expect(await server().post(`${MLFLOW}/runs/log-batch`, { run_id: runId, metrics })).toMatchObject({ status: 200 })
    return runId
  }
  const history = async (path: string, query: readonly (readonly [string, string | number])[]) =>
    server().get(
      `${path}?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, String(value)])).toString()}`,
    )
  const bulk = (query: readonly (readonly [string, string | number])[]) =>
    history(`${AJAX}/metrics/get-history-bulk`, query)
  const sample = (query: readonly (readonly [string, string | number])[], prefix = MLFLOW) =>
    history(`${prefix}/metrics/get-history-bulk-interval`, query)

  test('an unknown run or key has no history', async () => {
    const runId = await aRun([{ value: 1, timestamp: 1, step: 0 }])
    for (const query of [
      { run_id: 'f'.repeat(32), metric_key: 'm' },
      { run_id: runId, metric_key: 'other' },
    ]) {
      expect(await server().get(`${MLFLOW}/metrics/get-history`, query)).toMatchObject({ status: 200, json: {} })
    }
  })

  test('bulk histories come by run id, timestamp, step and value, with NaN as text', async () => {
    const runIds = [
      await aRun([
        { value: 'NaN', timestamp: 2, step: 0 },
        { value: 5, timestamp: 1, step: 3 },
        { value: 4, timestamp: 1, step: 3 },
      ]),
      await aRun([{ value: 1, timestamp: 1, step: -1 }]),
    ]
    const points: Record<string, Point[]> = {
      [runIds[0] ?? '']: [
        { key: 'm', value: 4, timestamp: 1, step: 3 },
        { key: 'm', value: 5, timestamp: 1, step: 3 },
        { key: 'm', value: 'NaN', timestamp: 2, step: 0 },
      ],
      [runIds[1] ?? '']: [{ key: 'm', value: 1, timestamp: 1, step: -1 }],
    }
    const expected = runIds
      .toSorted()
      .flatMap((runId) => (points[runId] ?? []).map((point) => ({ ...point, run_id: runId })))
    const query = [
      ...runIds.map((runId) => ['run_id', runId] as const),
      ['run_id', 'nope'],
      ['metric_key', 'm'],
    ] as const
    expect((await bulk(query)).json).toEqual({ metrics: expected })
    expect((await bulk([...query, ['max_results', 2]])).json).toEqual({ metrics: expected.slice(0, 2) })
    expect(
      (
        await bulk([
          ['run_id', 'nope'],
          ['metric_key', 'm'],
        ])
      ).json,
    ).toEqual({ metrics: [] })
  })

  const hundredAndOne = Array.from({ length: 101 }, (_, index) => ['run_id', `r${index}`] as const)

  test.each([
    [[['metric_key', 'm']], 'GetMetricHistoryBulk request must specify at least one run_id.'],
    [
      [...hundredAndOne, ['metric_key', 'm']],
      'GetMetricHistoryBulk request cannot specify more than 100 run_ids. Received 101 run_ids.',
    ],
    [[['run_id', 'r']], 'GetMetricHistoryBulk request must specify a metric_key.'],
    [
      [
        ['run_id', 'r'],
        ['metric_key', 'm'],
        ['max_results', 'a'],
      ],
      `Invalid value "a" for parameter 'max_results' supplied`,
    ],
  ] as [[string, string][], string][])('a bulk history is refused: case %#', async (query, message) => {
    expect(await bulk(query)).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining(message) },
    })
  })

  test('a sample has the steps of MLflow 3.6, under both prefixes', async () => {
    const runId = await aRun(
      Array.from({ length: 100 }, (_, index) => ({ value: index, timestamp: index, step: index * 2 - 20 })),
    )
    const stepsOf = async (
      query: readonly (readonly [string, string | number])[],
      prefix?: string,
    ): Promise<number[]> => {
      const { json } = await sample([['run_ids', runId], ['metric_key', 'm'], ...query], prefix)
      return json.metrics.map(({ step }: Point) => step)
    }
    for (const prefix of [MLFLOW, AJAX]) {
      expect(await stepsOf([['max_results', 7]], prefix)).toEqual([0, 24, 50, 76, 102, 128, 154, 178])
    }
    expect(
      await stepsOf([
        ['max_results', 3],
        ['start_step', -10],
        ['end_step', 33],
      ]),
    ).toEqual([-10, 4, 18, 32])
    expect(
      await stepsOf([
        ['start_step', -20],
        ['end_step', -17],
      ]),
    ).toEqual([-20, -18])
    expect(
      await sample([
        ['run_ids', runId],
        ['metric_key', 'other'],
      ]),
    ).toMatchObject({ status: 200, json: {} })
  })

  test.each([
    [[['metric_key', 'm']], "Missing value for required parameter 'run_ids'."],
    [[['run_ids', 'r']], "Missing value for required parameter 'metric_key'."],
    [
      [...hundredAndOne.map(([, id]) => ['run_ids', id]), ['metric_key', 'm']],
      'GetMetricHistoryBulkInterval request must specify at most 100 run_ids. Received 101 run_ids.',
    ],
    [
      [
        ['run_ids', 'r'],
        ['metric_key', 'm'],
        ['max_results', '0'],
      ],
      'max_results must be between 1 and 2500.',
    ],
    [
      [
        ['run_ids', 'r'],
        ['metric_key', 'm'],
        ['max_results', '2501'],
      ],
      'max_results must be between 1 and 2500.',
    ],
    [
      [
        ['run_ids', 'r'],
        ['metric_key', 'm'],
        ['start_step', '1'],
      ],
      'If either start step or end step are specified, both must be specified.',
    ],
    [
      [
        ['run_ids', 'r'],
        ['metric_key', 'm'],
        ['start_step', '4'],
        ['end_step', '2'],
      ],
      'end_step must be greater than start_step. Found start_step=4 and end_step=2.',
    ],
  ] as [[string, string][], string][])('a sample is refused: case %#', async (query, message) => {
    expect(await sample(query)).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining(message) },
    })
  })

  test('a long answer is compressed for those who ask for it, and the same', async () => {
    const runId = await aRun(Array.from({ length: 1000 }, (_, step) => ({ value: step / 3, timestamp: step, step })))
    const url = `${MLFLOW}/metrics/get-history?run_id=${runId}&metric_key=m`
    const plain = await server().request({ method: 'GET', url })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.headers.vary).toContain('Accept-Encoding')
    for (const [accepted, isCompressed] of [
      ['gzip, deflate', true],
      ['br;q=1, *', true],
      ['gzip;q=0', false],
      ['identity', false],
    ] as const) {
      const answer = await server().app.inject({ method: 'GET', url, headers: { 'accept-encoding': accepted } })
      expect(answer.headers['content-encoding']).toBe(isCompressed ? 'gzip' : undefined)
      const text = (isCompressed ? gunzipSync(answer.rawPayload) : answer.rawPayload).toString()
      expect(text).toBe(plain.text)
    }
    const short = await server().app.inject({
      method: 'GET',
      url: `${url}&max_results=3`,
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(short.headers['content-encoding']).toBeUndefined()
    expect(short.json().metrics).toHaveLength(3)
  })
})
