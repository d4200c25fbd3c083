import { AJAX, area, get, post, raw } from './exchange.ts'

const RUN = '{{run}}'
const metric = (fields: object) => post('runs/log-metric', { run_id: RUN, key: 'm', value: 1, timestamp: 1, ...fields })
const oddMetric = (fields: object) => metric({ run_id: '{{other}}', ...fields })
const param = (key: unknown, value?: unknown) => post('runs/log-parameter', { run_id: RUN, key, value })
const tag = (key: unknown, value?: unknown) => post('runs/set-tag', { run_id: RUN, key, value })
const batch = (fields: object, run = RUN) => post('runs/log-batch', { run_id: run, ...fields })
const point = { key: 'm', value: 1, timestamp: 1 }

export const runs = area('runs', [
  ['an experiment for them', post('experiments/create', { name: 'runs' }), { runs: 'experiment_id' }],
  [
    'create',
    post('runs/create', {
      experiment_id: '{{runs}}',
      user_id: 'ann',
      run_name: 'one',
      start_time: 1_700_000_000_000,
      tags: [
        { key: 'a', value: 'b' },
        { key: 'mlflow.user', value: 'ann' },
      ],
    }),
    { run: 'run.info.run_id' },
  ],
  ['get', get('runs/get', { run_id: RUN })],
  ['get by run_uuid', get('runs/get', { run_uuid: RUN })],
  ['get by the browser prefix', get('runs/get', { run_id: RUN }, AJAX)],
  ['get in capitals', get('runs/get', { run_id: 'F'.repeat(32) })],
  ['get an unknown run', get('runs/get', { run_id: '0'.repeat(32) })],
  ['get a malformed id', get('runs/get', { run_id: 'a b!' })],
  ['get without an id', get('runs/get')],
  [
    'create with a generated name',
    post('runs/create', { experiment_id: '{{runs}}', start_time: 5 }),
    { generated: 'run.info.run_id' },
  ],
  ['create in the default experiment', post('runs/create', { run_name: 'default', start_time: 5 })],
  [
    'create by a number as id',
    raw(
      'POST',
      '/api/2.0/mlflow/runs/create',
      '{"experiment_id": {{runs}}, "run_name": "by number", "start_time": "7"}',
    ),
  ],
  [
    'create with the name as a tag',
    post('runs/create', {
      experiment_id: '{{runs}}',
      start_time: 5,
      tags: [{ key: 'mlflow.runName', value: 'tagged' }],
    }),
    { other: 'run.info.run_id' },
  ],
  [
    'create with two names',
    post('runs/create', {
      experiment_id: '{{runs}}',
      run_name: 'a',
      start_time: 5,
      tags: [{ key: 'mlflow.runName', value: 'b' }],
    }),
  ],
  ['create with a word as time', post('runs/create', { experiment_id: '{{runs}}', start_time: 'now' })],
  ['create in an unknown experiment', post('runs/create', { experiment_id: '987654', start_time: 5 })],
  ['create in no experiment', post('runs/create', { experiment_id: 'abc', start_time: 5 })],
  [
    'create with a bad tag',
    post('runs/create', { experiment_id: '{{runs}}', start_time: 5, tags: [{ key: 'a|b', value: 'x' }] }),
  ],
  ['create with tags that are text', post('runs/create', { experiment_id: '{{runs}}', start_time: 5, tags: 'x' })],
  ['update the status', post('runs/update', { run_id: RUN, status: 'FINISHED', end_time: 1_700_000_001_000 })],
  ['update the status by number', post('runs/update', { run_id: RUN, status: 4 })],
  ['update the name', post('runs/update', { run_id: RUN, run_name: 'renamed' })],
  ['update nothing', post('runs/update', { run_id: RUN })],
  ['update to an unknown status', post('runs/update', { run_id: '{{other}}', status: 'DONE' })],
  ['update with a word as time', post('runs/update', { run_id: RUN, end_time: 'now' })],
  ['update an unknown run', post('runs/update', { run_id: '0'.repeat(32), status: 'FAILED' })],
  ['update without an id', post('runs/update', { status: 'FAILED' })],
  ['back to running', post('runs/update', { run_id: RUN, status: 'RUNNING' })],
  ['get the updated', get('runs/get', { run_id: RUN })],
  ['delete', post('runs/delete', { run_id: '{{generated}}' })],
  ['delete again', post('runs/delete', { run_id: '{{generated}}' })],
  ['get the deleted', get('runs/get', { run_id: '{{generated}}' })],
  ['update the deleted', post('runs/update', { run_id: '{{generated}}', status: 'FAILED' })],
  ['log a metric to the deleted', post('runs/log-metric', { run_id: '{{generated}}', ...point })],
  ['log a batch to the deleted', post('runs/log-batch', { run_id: '{{generated}}', metrics: [point] })],
  ['tag the deleted', post('runs/set-tag', { run_id: '{{generated}}', key: 'a', value: 'b' })],
  ['restore', post('runs/restore', { run_id: '{{generated}}' })],
  ['restore again', post('runs/restore', { run_id: '{{generated}}' })],
  ['delete an unknown run', post('runs/delete', { run_id: '0'.repeat(32) })],
  ['restore an unknown run', post('runs/restore', { run_id: '0'.repeat(32) })],
  ['delete without an id', post('runs/delete', {})],
])

export const params = area('params', [
  ['log', param('lr', '0.1')],
  ['the same again', param('lr', '0.1')],
  ['another value', param('lr', '0.2')],
  ['an empty value', param('empty', '')],
  ['no value', param('none')],
  ['a number', param('n', 5)],
  ['without a key', param(undefined, 'x')],
  ['an empty key', param('', 'x')],
  ['a number as key', param(5, 'x')],
  ['unicode', param('größe/日本: x-y.z', '✓')],
  ['a bad key', param('a|b', 'x')],
  ['a key with a double slash', param('a//b', 'x')],
  ['a key that starts at the root', param('/a', 'x')],
  ['a key that goes up', param('../a', 'x')],
  ['a key that is a dot', param('.', 'x')],
  ['a key of 250', param('k'.repeat(250), 'x')],
  ['a key of 251', param('k'.repeat(251), 'x')],
  ['a value of 6001', param('long', `${'v'.repeat(6000)}x`)],
  ['the truncated value again', param('long', `${'v'.repeat(6000)}y`)],
  ['of an unknown run', post('runs/log-parameter', { run_id: '0'.repeat(32), key: 'a', value: 'b' })],
  ['without a run', post('runs/log-parameter', { key: 'a', value: 'b' })],
  ['by run_uuid', post('runs/log-parameter', { run_uuid: RUN, key: 'by uuid', value: 'b' })],
])

export const tags = area('tags', [
  ['set', tag('k', 'v')],
  ['set again', tag('k', 'w')],
  ['an empty value', tag('empty', '')],
  ['no value', tag('none')],
  ['a number', tag('n', 41)],
  ['without a key', tag(undefined, 'x')],
  ['a bad key', tag('a|b', 'x')],
  ['a key of 251', tag('k'.repeat(251), 'x')],
  ['a value of 8001', tag('long', `${'v'.repeat(8000)}x`)],
  ['the name of the run', tag('mlflow.runName', 'by tag')],
  ['of an unknown run', post('runs/set-tag', { run_id: '0'.repeat(32), key: 'a', value: 'b' })],
  ['delete', post('runs/delete-tag', { run_id: RUN, key: 'empty' })],
  ['delete a missing one', post('runs/delete-tag', { run_id: RUN, key: 'empty' })],
  ['delete without a key', post('runs/delete-tag', { run_id: RUN })],
  ['delete of an unknown run', post('runs/delete-tag', { run_id: '0'.repeat(32), key: 'empty' })],
  ['get the run with all', get('runs/get', { run_id: RUN })],
])

export const metrics = area('metrics', [
  ['log', metric({ value: 0.5, timestamp: 1000, step: 1 })],
  ['the same again', metric({ value: 0.5, timestamp: 1000, step: 1 })],
  ['another value at the step', metric({ value: 0.25, timestamp: 1000, step: 1 })],
  ['an older step', metric({ value: 9, timestamp: 2000, step: 0 })],
  ['a negative step', metric({ value: 8, timestamp: 3000, step: -3 })],
  ['without a step', metric({ key: 'no step', value: 1, timestamp: 5 })],
  ['a text that is a number', metric({ key: 'text', value: '1.5', timestamp: '6', step: '2' })],
  ['NaN', metric({ key: 'nan', value: 'NaN', timestamp: 1 })],
  ['Infinity', metric({ key: 'inf', value: 'Infinity', timestamp: 1 })],
  ['-Infinity', metric({ key: '-inf', value: '-Infinity', timestamp: 1 })],
  ['a tiny number', metric({ key: 'tiny', value: 5e-324, timestamp: 1 })],
  ['a word', metric({ value: 'high' })],
  ['a boolean', oddMetric({ value: true })],
  ['null', metric({ value: null })],
  ['a list', oddMetric({ value: [1] })],
  ['without a value', metric({ value: undefined })],
  ['without a timestamp', metric({ timestamp: undefined })],
  ['a negative timestamp', metric({ timestamp: -1 })],
  ['a fraction as timestamp', oddMetric({ timestamp: 1.5 })],
  ['a word as step', metric({ step: 'first' })],
  ['without a key', metric({ key: undefined })],
  ['a bad key', metric({ key: 'a|b' })],
  ['a key that goes up', metric({ key: '../a' })],
  ['a key of 251', metric({ key: 'k'.repeat(251) })],
  ['a number as key', metric({ key: 5 })],
  ['of an unknown run', metric({ run_id: '0'.repeat(32) })],
  ['of a number as run', metric({ run_id: 31 })],
  ['with a dataset name alone', metric({ dataset_name: 'd' })],
  ['by the browser prefix', post('runs/log-metric', { run_id: RUN, key: 'ajax', value: 1, timestamp: 1 }, AJAX)],
  ['by run_uuid', post('runs/log-metric', { run_uuid: RUN, key: 'uuid', value: 1, timestamp: 1 })],
  ['by camel case', post('runs/log-metric', { runId: RUN, key: 'camel', value: 1, timestamp: 1 })],
  ['with unknown fields', metric({ key: 'extra', unknown_field: { a: 1 } })],
  ['history', get('metrics/get-history', { run_id: RUN, metric_key: 'm' })],
  ['history of NaN', get('metrics/get-history', { run_id: RUN, metric_key: 'nan' })],
  ['history of Infinity', get('metrics/get-history', { run_id: RUN, metric_key: 'inf' })],
  [
    'first page of the history',
    get('metrics/get-history', { run_id: RUN, metric_key: 'm', max_results: 2 }),
    { history: 'next_page_token' },
  ],
  [
    'second page of the history',
    get('metrics/get-history', { run_id: RUN, metric_key: 'm', max_results: 2, page_token: '{{history}}' }),
  ],
  [
    'history by a bad token',
    get('metrics/get-history', { run_id: RUN, metric_key: 'm', max_results: 2, page_token: 'x' }),
  ],
  ['history of an unknown metric', get('metrics/get-history', { run_id: RUN, metric_key: 'none' })],
  ['history of an unknown run', get('metrics/get-history', { run_id: '0'.repeat(32), metric_key: 'm' })],
  ['history without a metric', get('metrics/get-history', { run_id: RUN })],
  ['history without a run', get('metrics/get-history', { metric_key: 'm' })],
  ['the run with all', get('runs/get', { run_id: RUN })],
])

const many = (count: number) => Array.from({ length: count }, (_, index) => index)

export const batches = area('log-batch', [
  [
    'everything',
    batch({
      metrics: [{ ...point, key: 'bm', step: 4 }],
      params: [{ key: 'bp', value: '1' }],
      tags: [{ key: 'bt', value: '2' }],
    }),
  ],
  [
    'again',
    batch({
      metrics: [{ ...point, key: 'bm', step: 4 }],
      params: [{ key: 'bp', value: '1' }],
      tags: [{ key: 'bt', value: '2' }],
    }),
  ],
  ['nothing', batch({})],
  ['no run', post('runs/log-batch', { metrics: [point] })],
  ['an unknown run', post('runs/log-batch', { run_id: '0'.repeat(32), metrics: [point] })],
  ['metrics that are text', batch({ metrics: 'foo' })],
  ['metrics that are an object', batch({ metrics: { key: 'a' } })],
  ['a metric that is a number', batch({ metrics: [5] })],
  ['a metric without a timestamp', batch({ metrics: [point, { key: 'a', value: 1 }] })],
  ['a metric without a value', batch({ metrics: [{ key: 'a', timestamp: 1 }] })],
  ['a metric without a key', batch({ metrics: [{ value: 1, timestamp: 1 }] })],
  ['a metric with a word as value', batch({ metrics: [{ ...point, key: 'odd', value: 'x' }] }, '{{other}}')],
  ['a metric with a negative timestamp', batch({ metrics: [{ ...point, timestamp: -1 }] })],
  ['a metric with a bad key', batch({ metrics: [{ ...point, key: 'a|b' }] })],
  ['a metric with a key of 251', batch({ metrics: [{ ...point, key: 'k'.repeat(251) }] })],
  ['a param without a key', batch({ params: [{ value: 'x' }] })],
  ['a param without a value', batch({ params: [{ key: 'no value' }] })],
  [
    'a param with a bad key',
    batch({
      params: [
        { key: 'ok', value: '1' },
        { key: 'a|b', value: 'x' },
      ],
    }),
  ],
  ['a param with a number', batch({ params: [{ key: 'num', value: 5 }] }, '{{other}}')],
  ['a changed param', batch({ params: [{ key: 'bp', value: '2' }] })],
  [
    'duplicate params',
    batch({
      params: [
        { key: 'dup', value: '1' },
        { key: 'dup', value: '1' },
      ],
    }),
  ],
  ['a tag without a key', batch({ tags: [{ value: 'x' }] })],
  ['a tag with a key of 251', batch({ tags: [{ key: 'k'.repeat(251), value: 'x' }] })],
  [
    'duplicate tags',
    batch({
      tags: [
        { key: 'twice', value: '1' },
        { key: 'twice', value: '2' },
      ],
    }),
  ],
  ['a name for the run', batch({ tags: [{ key: 'mlflow.runName', value: 'by batch' }] })],
  ['1000 metrics', batch({ metrics: many(1000).map((step) => ({ key: 'many', value: step, timestamp: 1, step })) })],
  ['1001 metrics', batch({ metrics: many(1001).map((step) => ({ key: 'more', value: step, timestamp: 1, step })) })],
  ['100 params', batch({ params: many(100).map((index) => ({ key: `many${index}`, value: 'x' })) })],
  ['101 params', batch({ params: many(101).map((index) => ({ key: `more${index}`, value: 'x' })) })],
  ['101 tags', batch({ tags: many(101).map((index) => ({ key: `more${index}`, value: 'x' })) })],
  [
    '1001 rows of all kinds',
    batch({
      metrics: many(950).map((step) => ({ key: 'sum', value: 1, timestamp: 1, step })),
      tags: many(51).map((index) => ({ key: `sum${index}`, value: 'x' })),
    }),
  ],
  [
    'a good metric with a bad tag',
    batch({ metrics: [{ ...point, key: 'never' }], tags: [{ key: 'a|b', value: 'x' }] }),
  ],
  ['the run afterwards', get('runs/get', { run_id: RUN })],
])

const history = (query: Record<string, string | number | string[]>) => get('metrics/get-history-bulk-interval', query)

export const sampledHistory = area('sampled history', [
  ['all of it', history({ run_ids: [RUN], metric_key: 'm' })],
  [
    'by the browser prefix',
    get('metrics/get-history-bulk-interval', { run_ids: [RUN], metric_key: 'm', max_results: 10 }, AJAX),
  ],
  ['an interval', history({ run_ids: [RUN], metric_key: 'many', start_step: 10, end_step: 14 })],
  ['one step', history({ run_ids: [RUN], metric_key: 'many', start_step: 10, end_step: 10 })],
  ['an interval backwards', history({ run_ids: [RUN], metric_key: 'many', start_step: 10, end_step: 9 })],
  ['half an interval', history({ run_ids: [RUN], metric_key: 'many', start_step: 10 })],
  ['no runs', history({ metric_key: 'many' })],
  ['no metric', history({ run_ids: [RUN] })],
  ['too many', history({ run_ids: [RUN], metric_key: 'many', max_results: 2501 })],
  ['none', history({ run_ids: [RUN], metric_key: 'many', max_results: 0 })],
  ['101 runs', history({ run_ids: many(101).map((index) => `r${index}`), metric_key: 'many' })],
  ['an unknown metric', history({ run_ids: [RUN], metric_key: 'unknown' })],
  ['bulk', get('metrics/get-history-bulk', { run_id: [RUN, '{{generated}}'], metric_key: 'm' }, AJAX)],
  ['bulk, two', get('metrics/get-history-bulk', { run_id: [RUN], metric_key: 'm', max_results: 2 }, AJAX)],
  ['bulk without runs', get('metrics/get-history-bulk', { metric_key: 'm' }, AJAX)],
  ['bulk without a metric', get('metrics/get-history-bulk', { run_id: [RUN] }, AJAX)],
  [
    'bulk of 101 runs',
    get('metrics/get-history-bulk', { run_id: many(101).map((index) => `r${index}`), metric_key: 'm' }, AJAX),
  ],
])
