import { beforeAll, describe, expect, test } from 'vitest'
import { safePaths, unsafePaths } from '../../../packages/core/test/path-corpus.ts'
import { ARTIFACTS, describeServer, MLFLOW } from './server-fixture.ts'

const MODELS = `${MLFLOW}/logged-models`
const AJAX_MODELS = '/ajax-api/2.0/mlflow/logged-models'

const refusal = (code: string, message: unknown) => ({ error_code: code, message })
const invalid = (message: unknown) => ({ status: 400, json: refusal('INVALID_PARAMETER_VALUE', message) })
const noModel = (id: string) => ({
  status: 404,
  json: refusal('RESOURCE_DOES_NOT_EXIST', `Logged model with ID '${id}' not found.`),
})

describeServer('logged models over HTTP', (server) => {
  const send = (method: 'PATCH' | 'DELETE', url: string, body: object = {}) =>
    server().request({
      method,
      url,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(body),
    })
  const create = async (body: object = {}): Promise<ReturnType<typeof JSON.parse>> =>
    (await server().post(MODELS, { experiment_id: '0', ...body })).json.model
  const get = async (id: string): Promise<ReturnType<typeof JSON.parse>> =>
    (await server().get(`${MODELS}/${id}`)).json.model
  const upload = (info: { readonly artifact_uri: string }, path: string, payload: string) =>
    server().request({
      method: 'PUT',
      url: `${ARTIFACTS}/${info.artifact_uri.replace('mlflow-artifacts:/', '')}/${path}`,
      payload,
    })

  test('a model is created pending, finalized, read and deleted', async () => {
    const { info, data } = await create({
      name: 'net',
      source_run_id: 'r1',
      params: [{ key: 'lr', value: '0.1' }],
      tags: [{ key: 'team' }],
      unknown: 1,
    })
    expect(info).toEqual({
      model_id: expect.stringMatching(/^m-[0-9a-f]{32}$/),
      experiment_id: '0',
      name: 'net',
      creation_timestamp_ms: expect.any(Number),
      last_updated_timestamp_ms: info.creation_timestamp_ms,
      artifact_uri: `mlflow-artifacts:/0/models/${info.model_id}/artifacts`,
      status: 'LOGGED_MODEL_PENDING',
      model_type: '',
      source_run_id: 'r1',
      tags: [{ key: 'team', value: '' }],
    })
    expect(data).toEqual({ params: [{ key: 'lr', value: '0.1' }], metrics: [] })
    const url = `${MODELS}/${info.model_id}`
    for (const status of ['LOGGED_MODEL_READY', 2, '2']) {
      const finalized = await send('PATCH', url, { model_id: info.model_id, status })
      expect(finalized).toMatchObject({
        status: 200,
        json: { model: { info: { status: 'LOGGED_MODEL_READY' }, data } },
      })
    }
    expect(await send('DELETE', url)).toMatchObject({ status: 200, json: {} })
    expect(await send('DELETE', url)).toMatchObject({ status: 200, json: {} })
    expect(await server().get(url)).toMatchObject(noModel(info.model_id))
    expect(await server().get(url, { allow_deleted: 'True' })).toMatchObject({ status: 200 })
    expect(await server().get(url, { allow_deleted: 'False' })).toMatchObject(noModel(info.model_id))
  })

  test.each([
    [{}, "Missing value for required parameter 'experiment_id'. See the API docs"],
    [{ experiment_id: '0', name: 5 }, "Invalid value 5 for parameter 'name' supplied"],
    [{ experiment_id: '0', params: 'x' }, `Invalid value "x" for parameter 'params' supplied`],
    [{ experiment_id: '0', tags: [{ value: '1' }] }, "Missing value for required parameter 'tags[0].key'"],
    [
      { experiment_id: '0', name: 'a/b' },
      `Invalid model name ('a/b') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    ],
  ])('a model like %j is refused', async (body, message) => {
    expect(await server().post(MODELS, body)).toMatchObject(invalid(expect.stringContaining(message)))
  })

  // CVE-2025-11201: what a client names is never a path.
  test('a name never becomes a path', async () => {
    for (const name of unsafePaths.filter((path) => !/[\0/:.%"']/.test(path))) {
      const { info } = await create({ name })
      expect(info.artifact_uri).toBe(`mlflow-artifacts:/0/models/${info.model_id}/artifacts`)
    }
    for (const name of unsafePaths.filter((path) => /[/:.%"']/.test(path))) {
      expect(await server().post(MODELS, { experiment_id: '0', name })).toMatchObject({ status: 400 })
    }
  })

  test('an unknown experiment is not found', async () => {
    expect(await server().post(MODELS, { experiment_id: 123_456 })).toMatchObject({
      status: 404,
      json: refusal('RESOURCE_DOES_NOT_EXIST', 'No Experiment with id=123456 exists'),
    })
  })

  test.each([
    [{}, "Missing value for required parameter 'status'"],
    [{ status: 'READY' }, `Invalid value "READY" for parameter 'status' supplied`],
    [{ status: 0 }, "Invalid value 0 for parameter 'status' supplied"],
  ])('finalizing with %j is refused', async (body, message) => {
    const { info } = await create()
    expect(await send('PATCH', `${MODELS}/${info.model_id}`, body)).toMatchObject(
      invalid(expect.stringContaining(message)),
    )
  })

  test('tags are merged and deleted once; their keys may be anything', async () => {
    const { info } = await create({ tags: [{ key: 'a', value: '1' }] })
    const url = `${MODELS}/${info.model_id}/tags`
    const key = `${'k'.repeat(200)}/ %?#é`
    const tags = [
      { key: 'a', value: '2' },
      { key, value: '' },
    ]
    expect(await send('PATCH', url, { model_id: info.model_id, tags })).toMatchObject({ status: 200, json: {} })
    expect((await get(info.model_id)).info.tags).toEqual(tags)
    const tagUrl = `${url}/${encodeURIComponent(key)}`
    expect(await send('DELETE', tagUrl)).toMatchObject({ status: 200, json: {} })
    expect(await send('DELETE', tagUrl)).toMatchObject({
      status: 404,
      json: refusal('RESOURCE_DOES_NOT_EXIST', `No tag with key '${key}' found for model with ID '${info.model_id}'.`),
    })
    expect((await get(info.model_id)).info.tags).toEqual([{ key: 'a', value: '2' }])
  })

  test('params are added; a changed one is refused', async () => {
    const { info } = await create({ params: [{ key: 'a', value: '1' }] })
    const url = `${MODELS}/${info.model_id}/params`
    const log = (value: string) =>
      server().post(url, {
        model_id: info.model_id,
        params: [
          { key: 'a', value },
          { key: 'b', value: '2' },
        ],
      })
    expect(await log('1')).toMatchObject({ status: 200, json: {} })
    expect(await log('1')).toMatchObject({ status: 200, json: {} })
    expect(await log('3')).toMatchObject(invalid(expect.stringContaining('Changing param values is not allowed.')))
    expect((await get(info.model_id)).data.params).toEqual([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ])
  })

  test('every call for an unknown model says so', async () => {
    const url = `${MODELS}/m-x`
    const answers = await Promise.all([
      server().get(url),
      send('PATCH', url, { status: 'LOGGED_MODEL_READY' }),
      send('DELETE', url),
      send('PATCH', `${url}/tags`, { tags: [{ key: 'a' }] }),
      send('DELETE', `${url}/tags/a`),
      server().post(`${url}/params`, {}),
      server().get(`${url}/artifacts/directories`),
      server().get(`${AJAX_MODELS}/m-x/artifacts/files`, { artifact_file_path: 'a' }),
    ])
    for (const answer of answers) expect(answer).toMatchObject(noModel('m-x'))
  })

  test('a metric of a run that names a model is kept for the model too', async () => {
    const { info } = await create()
    const runId = (await server().post(`${MLFLOW}/runs/create`, {})).json.run.info.run_id
    const metric = { key: 'acc', value: 0.5, timestamp: 7, step: 2, model_id: info.model_id }
    const dataset = { dataset_name: 'd', dataset_digest: 'x' }
    await server().post(`${MLFLOW}/runs/log-metric`, { run_id: runId, ...metric, ...dataset })
    await server().post(`${MLFLOW}/runs/log-batch`, { run_id: runId, metrics: [{ ...metric, value: 'NaN', step: 3 }] })
    expect((await get(info.model_id)).data.metrics).toEqual([
      { ...metric, ...dataset, run_id: runId },
      { ...metric, value: 'NaN', step: 3, run_id: runId },
    ])
  })

  describe('its files', () => {
    let model: ReturnType<typeof JSON.parse>
    beforeAll(async () => {
      model = await create()
      await upload(model.info, 'MLmodel', 'flavors: {}')
      await upload(model.info, 'data/weights.bin', 'w')
    })

    test('are listed by paths below the root of the model', async () => {
      const list = (path?: string) =>
        server().get(
          `${MODELS}/${model.info.model_id}/artifacts/directories`,
          path === undefined ? {} : { artifact_directory_path: path },
        )
      expect((await list()).json).toEqual({
        root_uri: model.info.artifact_uri,
        files: [
          { path: 'MLmodel', is_dir: false, file_size: 11 },
          { path: 'data', is_dir: true },
        ],
      })
      expect((await list('data')).json.files).toEqual([{ path: 'data/weights.bin', is_dir: false, file_size: 1 }])
      for (const path of unsafePaths.filter((each) => each !== '' && each !== '/')) {
        expect(await list(path)).toMatchObject(invalid('Invalid path'))
      }
    })

    test('come one by one as attachments', async () => {
      const url = `${AJAX_MODELS}/${model.info.model_id}/artifacts/files`
      const file = (path: string) => server().get(url, { artifact_file_path: path })
      const found = await file('data/weights.bin')
      expect([found.status, found.text]).toEqual([200, 'w'])
      expect(found.headers['content-disposition']).toMatch(/^attachment; filename=weights\.bin$/)
      expect(await server().get(url)).toMatchObject({
        status: 400,
        json: refusal('BAD_REQUEST', 'Request must include the "artifact_file_path" query parameter.'),
      })
      for (const path of unsafePaths.filter((each) => each !== '')) {
        expect(await file(path)).toMatchObject(invalid('Invalid path'))
      }
      for (const path of safePaths) expect(await file(path)).toMatchObject({ status: 404 })
    })
  })

  describe('search', () => {
    let experimentId = ''
    const search = (body: object = {}) => server().post(`${MODELS}/search`, { experiment_ids: [experimentId], ...body })
    const names = async (body: object = {}): Promise<string[]> =>
      ((await search(body)).json.models ?? []).map((model: { info: { name: string } }) => model.info.name)

    beforeAll(async () => {
      experimentId = (await server().post(`${MLFLOW}/experiments/create`, { name: `search ${Date.now()}` })).json
        .experiment_id
      for (const name of ['a', 'b', 'c']) {
        const { info } = await create({ experiment_id: experimentId, name })
        await waitForNextMillisecond(info.creation_timestamp_ms)
      }
    })

    test('pages newest first, 50 at a time unless told', async () => {
      expect(await names()).toEqual(['c', 'b', 'a'])
      expect(await names({ max_results: 0 })).toEqual(['c', 'b', 'a'])
      const first = await search({ max_results: 2 })
      expect(first.json.models).toHaveLength(2)
      const rest = await search({ max_results: 2, page_token: first.json.next_page_token })
      expect(rest.json.models).toHaveLength(1)
      expect(rest.json).not.toHaveProperty('next_page_token')
      expect(await search({ filter: "name = 'a'", page_token: first.json.next_page_token })).toMatchObject(
        invalid(
          expect.stringMatching(
            /^Filter string in the page token does not match the requested filter string\. Expected: "name = 'a'"\./,
          ),
        ),
      )
    })

    test('filters and orders', async () => {
      expect(await names({ filter: "name IN ('a', 'c')", order_by: [{ field_name: 'name' }] })).toEqual(['a', 'c'])
      expect(await names({ order_by: [{ field_name: 'creation_timestamp', ascending: true }] })).toEqual([
        'a',
        'b',
        'c',
      ])
      expect(await names({ datasets: [{ dataset_name: 'none' }] })).toEqual([])
      expect(await names({ experiment_ids: [] })).toEqual([])
    })

    test.each<[object, string]>([
      [{ experiment_ids: undefined }, "Missing value for required parameter 'experiment_ids'."],
      [{ experiment_ids: ['x'] }, "Invalid experiment ID 'x'. Experiment ID must be a valid integer."],
      [{ max_results: -1 }, "Invalid value -1 for parameter 'max_results' supplied. It must be a positive integer"],
      [{ filter: 'metric.a > 1' }, "Invalid entity type: 'metric'."],
      [{ datasets: [{}] }, '`dataset_name` in the `datasets` clause must be specified.'],
      [{ order_by: [{}] }, '`field_name` in the `order_by` clause must be specified.'],
      [{ order_by: [{ field_name: 'foo' }] }, 'Invalid order by field name: foo'],
      [
        { order_by: Array.from({ length: 21 }, () => ({ field_name: 'name' })) },
        'Invalid order_by with 21 elements. It has at most 20.',
      ],
      [{ page_token: '!!!' }, 'Invalid page token'],
    ])('refuses %j', async (body, message) => {
      expect(await search(body)).toMatchObject(invalid(expect.stringContaining(message)))
    })
  })
})

const waitForNextMillisecond = async (time: number): Promise<void> => {
  while (Date.now() <= time + 1) await new Promise<void>((resolve) => void setImmediate(resolve))
}
