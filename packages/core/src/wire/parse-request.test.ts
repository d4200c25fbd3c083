import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { CreateExperimentRequest, SearchExperimentsRequest } from '../experiment/wire.ts'
import { CreateRunRequest, LogBatchRequest, LogMetricRequest, SetRunTagRequest, UpdateRunRequest } from '../run/wire.ts'
import { parseRequest } from './parse-request.ts'

const metric = { run_id: 'r', key: 'k', value: 1, timestamp: 2 }

test.each([
  ['9.0', '9.0', 'float'],
  ['9', '9', 'int'],
  ['1e3', '1e3', 'float'],
  ['-12345678901234567890', '-12345678901234567890', 'int'],
])('the number %s is shown as its text has it', (literal, shown, type) => {
  const json = `{"name":"n","artifact_location":${literal}}`
  expect(() => parseRequest(CreateExperimentRequest, JSON.parse(json), json)).toThrow(
    `Invalid value ${shown} for parameter 'artifact_location' supplied:  Hint: Value was of type '${type}'.`,
  )
})

describe('parseRequest', () => {
  test.each<[string, z.ZodType, unknown, string]>([
    ['a number as a name', CreateExperimentRequest, { name: 123 }, "Invalid value 123 for parameter 'name'"],
    ['nothing', CreateExperimentRequest, {}, "Missing value for required parameter 'name'. See the API docs"],
    ['an empty name', CreateExperimentRequest, { name: '' }, "Missing value for required parameter 'name'"],
    ['a null name', CreateExperimentRequest, { name: null }, "Missing value for required parameter 'name'"],
    [
      'a number as a location',
      CreateExperimentRequest,
      { name: 'n', artifact_location: 9.5 },
      "Invalid value 9.5 for parameter 'artifact_location'",
    ],
    ['text as tags', CreateExperimentRequest, { name: 'n', tags: '5' }, `Invalid value "5" for parameter 'tags'`],
    [
      'a number as a run id',
      LogMetricRequest,
      { ...metric, run_id: 31 },
      "Invalid value 31 for parameter 'run_id' supplied",
    ],
    ['no run id', LogMetricRequest, { ...metric, run_id: null }, "Missing value for required parameter 'run_id'"],
    ['no key', LogMetricRequest, { ...metric, key: null }, "Missing value for required parameter 'key'"],
    [
      'text as a step',
      LogMetricRequest,
      { ...metric, step: 'foo' },
      `Invalid value "foo" for parameter 'step' supplied`,
    ],
    [
      'a wrong type beside a missing field',
      LogMetricRequest,
      { key: 31, timestamp: 2, value: 1 },
      "Invalid value 31 for parameter 'key' supplied",
    ],
    [
      'a fraction as a time',
      LogMetricRequest,
      { ...metric, timestamp: 1.5 },
      "Invalid value 1.5 for parameter 'timestamp'",
    ],
    [
      'true as a time',
      LogMetricRequest,
      { ...metric, timestamp: true },
      "Invalid value true for parameter 'timestamp'",
    ],
    ['true as a value', LogMetricRequest, { ...metric, value: true }, "Invalid value true for parameter 'value'"],
    ['text as a value', LogMetricRequest, { ...metric, value: '1x' }, `Invalid value "1x" for parameter 'value'`],
    ['2^53 as a step', LogMetricRequest, { ...metric, step: '9007199254740992' }, "for parameter 'step'"],
    [
      'a number as a tag',
      SetRunTagRequest,
      { run_id: 'r', key: 'k', value: 41 },
      "Invalid value 41 for parameter 'value' supplied",
    ],
    [
      'text as metrics',
      LogBatchRequest,
      { run_id: 'r', metrics: 'foo' },
      `Invalid value "foo" for parameter 'metrics' supplied`,
    ],
    [
      'a metric without time',
      LogBatchRequest,
      { run_id: 'r', metrics: [{ key: 'k', value: 1 }] },
      "Missing value for required parameter 'metrics[0].timestamp'.",
    ],
    [
      'a tag without key',
      LogBatchRequest,
      { run_id: 'r', tags: [{ key: 'k' }, { value: 'v' }] },
      "Missing value for required parameter 'tags[1].key'.",
    ],
    [
      'an unknown status',
      UpdateRunRequest,
      { run_id: 'r', status: 'DONE' },
      `Invalid value "DONE" for parameter 'status'`,
    ],
  ])('%s is refused with the text of MLflow', (_, schema, message, text) => {
    expect(() => parseRequest(schema, message)).toThrow(text)
  })

  test.each<[string, z.ZodType, unknown, object]>([
    ['numeric text is a number', LogMetricRequest, { ...metric, step: '5', timestamp: '7' }, { step: 5, timestamp: 7 }],
    [
      'an integral float is an integer',
      LogMetricRequest,
      { ...metric, step: 5.0, timestamp: '7.0' },
      { step: 5, timestamp: 7 },
    ],
    ['a step may be negative', LogMetricRequest, { ...metric, step: '-3' }, { step: -3 }],
    ['NaN comes as text', LogMetricRequest, { ...metric, value: 'NaN' }, { value: Number.NaN }],
    [
      '-Infinity comes as text',
      LogMetricRequest,
      { ...metric, value: '-Infinity' },
      { value: Number.NEGATIVE_INFINITY },
    ],
    ['a double may be text', LogMetricRequest, { ...metric, value: '1e-3' }, { value: 0.001 }],
    ['run_uuid stands for run_id', SetRunTagRequest, { run_uuid: 'r', key: 'k' }, { run_id: 'r', value: '' }],
    ['run_id wins over run_uuid', SetRunTagRequest, { run_id: 'a', run_uuid: 'b', key: 'k' }, { run_id: 'a' }],
    ['an empty run_id yields to run_uuid', SetRunTagRequest, { run_id: '', run_uuid: 'b', key: 'k' }, { run_id: 'b' }],
    ['an enum comes by name', UpdateRunRequest, { run_id: 'r', status: 'KILLED' }, { status: 'KILLED' }],
    ['an enum comes by number', UpdateRunRequest, { run_id: 'r', status: 3 }, { status: 'FINISHED' }],
    ['an enum comes by number as text', UpdateRunRequest, { run_id: 'r', status: '4' }, { status: 'FAILED' }],
    ['an id may be a number', CreateRunRequest, { experiment_id: 7 }, { experiment_id: '7' }],
    [
      'null is absent',
      SearchExperimentsRequest,
      { filter: null, max_results: null },
      { filter: '', max_results: 1000 },
    ],
  ])('%s', (_, schema, message, expected) => {
    expect(parseRequest(schema, message)).toMatchObject(expected)
  })

  test('unknown fields are ignored at every level', () => {
    expect(parseRequest(LogBatchRequest, { run_id: 'r', new: 1, tags: [{ key: 'k', value: 'v', new: 1 }] })).toEqual({
      run_id: 'r',
      metrics: [],
      params: [],
      tags: [{ key: 'k', value: 'v' }],
    })
  })

  test('a message nested too deeply is refused, not a crash', () => {
    const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))
    expect(() => parseRequest(CreateExperimentRequest, { name: 'n', tags: deep })).toThrow('more than 64 levels')
  })

  test('a long wrong value is not echoed whole', () => {
    const tooLong = () => parseRequest(CreateExperimentRequest, { name: Array.from({ length: 9999 }, () => 1) })
    expect(tooLong).toThrow(/^.{0,700}$/s)
  })
})
