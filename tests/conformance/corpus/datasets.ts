import { AJAX, area, get, post } from './exchange.ts'

const dataset = { name: 'iris', digest: 'abc', source_type: 'local', source: '{"uri": "iris.csv"}' }
const input = (
  fields: object = {},
  tags: unknown = [{ key: 'mlflow.data.context', value: 'train' }],
  run = '{{input}}',
) => post('runs/log-inputs', { run_id: run, datasets: [{ dataset: { ...dataset, ...fields }, tags }] })
const incomplete = (fields: object, tags: unknown = []) => input(fields, tags, '{{other}}')

export const datasets = area('datasets', [
  ['an experiment for them', post('experiments/create', { name: 'datasets' }), { datasets: 'experiment_id' }],
  [
    'a run for them',
    post('runs/create', { experiment_id: '{{datasets}}', run_name: 'input', start_time: 5 }),
    { input: 'run.info.run_id' },
  ],
  ['log an input', input({ schema: '{"s": 1}', profile: '{"p": 1}' })],
  ['log it again', input({ source: 'other' }, [])],
  ['log a second', input({ name: 'other', digest: 'd2' }, [{ key: 'mlflow.data.context', value: 'eval' }])],
  ['log a model as input', post('runs/log-inputs', { run_id: '{{input}}', models: [{ model_id: 'm-0123' }] })],
  ['log nothing', post('runs/log-inputs', { run_id: '{{input}}' })],
  ['without a name', incomplete({ name: undefined })],
  ['without a digest', incomplete({ digest: undefined })],
  ['without a source type', incomplete({ source_type: undefined })],
  ['without a source', incomplete({ source: undefined })],
  ['without a dataset', post('runs/log-inputs', { run_id: '{{other}}', datasets: [{ tags: [] }] })],
  ['a name of 501', input({ name: 'n'.repeat(501) })],
  ['a digest of 37', input({ digest: 'd'.repeat(37) })],
  ['a tag without a key', incomplete({}, [{ value: 'x' }])],
  ['a tag key of 256', input({ name: 'tagged' }, [{ key: 'k'.repeat(256), value: 'x' }])],
  ['a tag value of 501', input({ name: 'tagged' }, [{ key: 'k', value: 'v'.repeat(501) }])],
  ['datasets that are text', post('runs/log-inputs', { run_id: '{{input}}', datasets: 'x' })],
  ['of an unknown run', post('runs/log-inputs', { run_id: '0'.repeat(32), datasets: [] })],
  ['the run with them', get('runs/get', { run_id: '{{input}}' })],
  [
    'runs by the name of a dataset',
    post('runs/search', {
      experiment_ids: ['{{datasets}}'],
      filter: "dataset.name = 'iris' AND dataset.context = 'train'",
    }),
  ],
  [
    'runs by a list of digests',
    post('runs/search', { experiment_ids: ['{{datasets}}'], filter: "datasets.digest IN ('abc', 'zzz')" }),
  ],
  [
    'runs by a context that is not there',
    post('runs/search', { experiment_ids: ['{{datasets}}'], filter: "dataset.context = 'test'" }),
  ],
  [
    'runs by a bad comparator',
    post('runs/search', { experiment_ids: ['{{datasets}}'], filter: "dataset.name > 'iris'" }),
  ],
  ['summaries', post('experiments/search-datasets', { experiment_ids: ['{{datasets}}'] }, AJAX)],
  ['summaries of nothing', post('experiments/search-datasets', { experiment_ids: [] }, AJAX)],
  [
    'summaries of 21',
    post(
      'experiments/search-datasets',
      { experiment_ids: Array.from({ length: 21 }, (_, index) => String(index)) },
      AJAX,
    ),
  ],
  ['outputs', post('runs/outputs', { run_id: '{{input}}', models: [{ model_id: 'm-0123', step: 3 }] })],
  ['outputs of an unknown run', post('runs/outputs', { run_id: '0'.repeat(32), models: [{ model_id: 'm-0123' }] })],
  ['outputs without models', post('runs/outputs', { run_id: '{{input}}' })],
  ['the run with its outputs', get('runs/get', { run_id: '{{input}}' })],
])

const modelJson = {
  artifact_path: 'model',
  flavors: { python_function: { loader_module: 'x', env: 'conda.yaml' } },
  utc_time_created: '2026-01-01 00:00:00',
  run_id: 'r',
  model_uuid: 'u',
}

export const logModel = area('log-model', [
  ['log', post('runs/log-model', { run_id: '{{input}}', model_json: JSON.stringify(modelJson) })],
  [
    'log a second',
    post('runs/log-model', {
      run_id: '{{input}}',
      model_json: JSON.stringify({ ...modelJson, artifact_path: 'second' }),
    }),
  ],
  ['what is no JSON', post('runs/log-model', { run_id: '{{input}}', model_json: '{' })],
  ['what lacks fields', post('runs/log-model', { run_id: '{{input}}', model_json: '{"run_id": "r"}' })],
  ['nothing', post('runs/log-model', { run_id: '{{input}}' })],
  ['of an unknown run', post('runs/log-model', { run_id: '0'.repeat(32), model_json: JSON.stringify(modelJson) })],
  ['the run with its history', get('runs/get', { run_id: '{{input}}' })],
])
