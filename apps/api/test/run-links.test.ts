import { describe, expect, test } from 'vitest'
import { MLFLOW, useServer } from './server-fixture.ts'

const server = useServer()

const createRun = async (): Promise<string> => (await server().post(`${MLFLOW}/runs/create`, {})).json.run.info.run_id
const getRun = async (runId: string) => (await server().get(`${MLFLOW}/runs/get`, { run_id: runId })).json.run
const post = (action: string, body: unknown) => server().post(`${MLFLOW}/runs/${action}`, body)
const invalid = (message: unknown) => ({
  status: 400,
  json: { error_code: 'INVALID_PARAMETER_VALUE', message },
})

const dataset = { name: 'iris', digest: 'ab12', source_type: 'local', source: '{"uri": "iris.csv"}' }

describe('inputs of a run', () => {
  test('are datasets with their tags, and models', async () => {
    const runId = await createRun()
    const input = { tags: [{ key: 'mlflow.data.context', value: 'train' }], dataset: { ...dataset, schema: '{}' } }
    const body = { run_id: runId, datasets: [input], models: [{ model_id: 'm-1' }, { model_id: 'm-1' }] }
    expect(await post('log-inputs', body)).toMatchObject({ status: 200, json: {} })
    expect(await post('log-inputs', body)).toMatchObject({ status: 200, json: {} })
    expect(await post('log-inputs', { run_id: runId })).toMatchObject({ status: 200, json: {} })
    expect((await getRun(runId)).inputs).toEqual({ dataset_inputs: [input], model_inputs: [{ model_id: 'm-1' }] })
  })

  test.each<[object, string]>([
    [{}, "Missing value for required parameter 'run_id'"],
    [{ run_id: 'r', datasets: 'x' }, `Invalid value "x" for parameter 'datasets' supplied`],
    [{ run_id: 'r', models: [{}] }, "Missing value for required parameter 'models[0].model_id'"],
    [{ run_id: 'r', models: [{ model_id: 'x'.repeat(256) }] }, "'model_id' exceeds the maximum length of 255"],
    [{ run_id: 'r', datasets: [{}] }, 'Dataset cannot be None'],
    [{ run_id: 'r', datasets: [{ dataset: { ...dataset, name: null } }] }, 'Dataset name cannot be None'],
    [
      { run_id: 'r', datasets: [{ dataset: { ...dataset, digest: 'x'.repeat(37) } }] },
      "'digest' exceeds the maximum length of 36 characters",
    ],
    [{ run_id: 'r', datasets: [{ dataset, tags: [{ value: 'x' }] }] }, 'InputTag key cannot be None'],
  ])('like %j are refused', async (body, message) => {
    expect(await post('log-inputs', body)).toMatchObject(invalid(expect.stringContaining(message)))
  })

  test('a dataset with a profile of 16 Mi characters fits', async () => {
    const runId = await createRun()
    const large = { ...dataset, profile: 'x'.repeat(16_777_215) }
    expect(await post('log-inputs', { run_id: runId, datasets: [{ dataset: large }] })).toMatchObject({ status: 200 })
  })
})

describe('outputs of a run', () => {
  test('are models with a step, which a later call replaces', async () => {
    const runId = await createRun()
    await post('outputs', { run_id: runId, models: [{ model_id: 'm-2', step: '3' }, { model_id: 'm-1' }] })
    await post('outputs', { run_id: runId, models: [{ model_id: 'm-1', step: 7 }] })
    expect(await post('outputs', { run_id: runId, models: [] })).toMatchObject({ status: 200, json: {} })
    expect((await getRun(runId)).outputs).toEqual({
      model_outputs: [
        { model_id: 'm-2', step: 3 },
        { model_id: 'm-1', step: 7 },
      ],
    })
  })

  test.each<[object, string]>([
    [{ run_id: 'r' }, "Missing value for required parameter 'models'"],
    [{ run_id: 'r', models: [{ model_id: 'm', step: 'x' }] }, `Invalid value "x" for parameter 'models[0].step'`],
  ])('like %j are refused', async (body, message) => {
    expect(await post('outputs', body)).toMatchObject(invalid(expect.stringContaining(message)))
  })
})

describe('the model history of a run', () => {
  const model = { run_id: 'r', artifact_path: 'm', utc_time_created: 't', model_uuid: 'u' }

  test('is a tag that grows by each model', async () => {
    const runId = await createRun()
    const flavors = { sklearn: { config: {}, pickled_model: 'x'.repeat(9000) } }
    const json = JSON.stringify({ ...model, flavors, mlflow_version: '2.22.0' })
    for (const _ of [1, 2]) {
      expect(await post('log-model', { run_id: runId, model_json: json })).toMatchObject({ status: 200, json: {} })
    }
    const tags: { key: string; value: string }[] = (await getRun(runId)).data.tags
    const history = tags.find(({ key }) => key === 'mlflow.log-model.history')
    const kept = { ...model, flavors: { sklearn: { pickled_model: 'x'.repeat(9000) } } }
    expect(JSON.parse(history?.value ?? '')).toEqual([kept, kept])
  })

  test.each<[object, string]>([
    [{ run_id: 'r' }, "Missing value for required parameter 'model_json'"],
    [{ run_id: 'r', model_json: {} }, "Invalid value {} for parameter 'model_json' supplied"],
    [{ run_id: 'r', model_json: '{x' }, 'Malformed model info. \n {x \n is not a valid JSON.'],
    [
      { run_id: 'r', model_json: '{"run_id": "r"}' },
      "Model json is missing mandatory fields: {'artifact_path', 'flavors', 'utc_time_created'}",
    ],
  ])('takes nothing like %j', async (body, message) => {
    expect(await post('log-model', body)).toMatchObject(invalid(expect.stringContaining(message)))
  })
})

describe('a run that takes no inputs and outputs', () => {
  const calls = (runId: string) => [
    post('log-inputs', { run_id: runId, models: [{ model_id: 'm' }] }),
    post('outputs', { run_id: runId, models: [{ model_id: 'm' }] }),
    post('log-model', {
      run_id: runId,
      model_json: '{"run_id":"","artifact_path":"","utc_time_created":"","flavors":{}}',
    }),
  ]

  test('is unknown', async () => {
    for (const answer of await Promise.all(calls('nope'))) {
      expect(answer).toMatchObject({
        status: 404,
        json: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'Run with id=nope not found' },
      })
    }
  })

  test('or deleted', async () => {
    const runId = await createRun()
    await post('delete', { run_id: runId })
    for (const answer of await Promise.all(calls(runId))) {
      expect(answer).toMatchObject(invalid(`The run ${runId} must be in the 'active' state. Current state is deleted.`))
    }
  })
})

describe('the search of datasets', () => {
  const search = (prefix: string, body: object) =>
    server().post(`/${prefix}/2.0/mlflow/experiments/search-datasets`, body)

  test.each(['api', 'ajax-api'])('answers under /%s', async (prefix) => {
    const experiment = await server().post(`${MLFLOW}/experiments/create`, { name: `datasets ${prefix}` })
    const experimentId: string = experiment.json.experiment_id
    const run = await server().post(`${MLFLOW}/runs/create`, { experiment_id: experimentId })
    const tags = [{ key: 'mlflow.data.context', value: 'train' }]
    await post('log-inputs', {
      run_id: run.json.run.info.run_id,
      datasets: [{ dataset, tags }, { dataset: { ...dataset, name: 'b' } }],
    })
    expect((await search(prefix, { experiment_ids: [experimentId] })).json).toEqual({
      dataset_summaries: [
        { experiment_id: experimentId, name: 'b', digest: 'ab12' },
        { experiment_id: experimentId, name: 'iris', digest: 'ab12', context: 'train' },
      ],
    })
  })

  test.each<[object, string]>([
    [{}, 'SearchDatasets request must specify at least one experiment_id.'],
    [
      { experiment_ids: Array.from({ length: 21 }, (_, index) => String(index)) },
      'SearchDatasets request cannot specify more than 20 experiment_ids. Received 21 experiment_ids.',
    ],
    [{ experiment_ids: ['x'] }, "Invalid experiment ID 'x'. Experiment ID must be a valid integer."],
  ])('refuses %j', async (body, message) => {
    expect(await search('api', body)).toMatchObject(invalid(message))
  })
})
