import { expect, test } from 'vitest'
import { toRunDocument, toRunJson } from './run-json.ts'
import type { Run } from './run.ts'
import { toRunWire } from './wire.ts'

const hostile = 'a"b\\c\n\u2028\ud83d\ude00\u0001</script>'

const bare: Run = {
  info: {
    runId: '0'.repeat(32),
    runName: '',
    experimentId: '0',
    userId: '',
    status: 'RUNNING',
    startTime: -5,
    artifactUri: 's3://b/0',
    lifecycleStage: 'active',
  },
  metrics: [],
  params: [],
  tags: [],
  inputs: { datasets: [], modelIds: [] },
  modelOutputs: [],
}

const full: Run = {
  info: {
    ...bare.info,
    runName: hostile,
    userId: hostile,
    status: 'FAILED',
    endTime: 7,
    artifactUri: `s3://b/${hostile}?x=1`,
    lifecycleStage: 'deleted',
  },
  metrics: [
    { key: hostile, value: Number.NaN, timestamp: 1, step: -2 },
    { key: 'b', value: -1.7976931348623157e308, timestamp: 0, step: 0 },
    { key: 'c', value: -0, timestamp: 2 ** 53 - 1, step: 3 },
  ],
  params: [{ key: 'p', value: hostile }],
  tags: [{ key: hostile, value: '' }],
  inputs: {
    datasets: [
      { dataset: { name: 'd', digest: '1', sourceType: 'local', source: hostile }, tags: [] },
      {
        dataset: { name: 'e', digest: '2', sourceType: 'http', source: '{}', schema: '{"a":1}', profile: hostile },
        tags: [{ key: 'mlflow.data.context', value: 'train' }],
      },
    ],
    modelIds: ['m-1', 'm-2'],
  },
  modelOutputs: [{ modelId: 'm-3', step: 0 }],
}

test.each([
  ['bare', bare],
  ['full', full],
  ['with model inputs alone', { ...bare, inputs: { datasets: [], modelIds: ['m-1'] } }],
  ['with outputs alone', { ...bare, modelOutputs: full.modelOutputs }],
])('the text of a %s run is that of its wire form', (_, run) => {
  expect(toRunJson(JSON.stringify(toRunWire(run).info), toRunDocument(run))).toBe(JSON.stringify(toRunWire(run)))
})

test('a run without inputs and outputs says so with empty objects', () => {
  const wire: unknown = JSON.parse(toRunJson(JSON.stringify(toRunWire(bare).info), toRunDocument(bare)))
  expect(wire).toHaveProperty('inputs', {})
  expect(wire).toHaveProperty('outputs', {})
  expect(wire).not.toHaveProperty('info.end_time')
})
