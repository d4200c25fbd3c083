import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { parseRequest } from '../wire/parse-request.ts'
import { decodePlainKeyValue, decodePlainLogBatch, decodePlainLogMetric } from './plain-message.ts'
import { LogBatchRequest, LogMetricRequest, LogParamRequest, SetRunTagRequest } from './wire.ts'

/** Mostly what belongs there, now and then something else. */
const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 60, arbitrary: usual },
    {
      weight: 1,
      arbitrary: fc.constantFrom(null, undefined, '', '7', '-7', '1.0', '1e3', 'NaN', true, [], {}, 1.5, 2 ** 53, -0),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  )

const text = mostly(fc.string())
const integer = mostly(fc.oneof(fc.maxSafeInteger(), fc.maxSafeInteger().map(String)))
const rarely: { requiredKeys: ['key'] } = { requiredKeys: ['key'] }
const metricFields = {
  key: text,
  value: mostly(fc.double()),
  timestamp: integer,
  step: integer,
}
const originFields = { model_id: text, dataset_name: text, dataset_digest: text, unknown: fc.jsonValue() }
const aMetric = fc.oneof(
  { weight: 4, arbitrary: fc.record(metricFields) },
  { weight: 1, arbitrary: fc.record({ ...metricFields, ...originFields }, rarely) },
)
const aPair = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key: text, value: text }) },
  { weight: 1, arbitrary: fc.record({ key: text, value: text, unknown: fc.jsonValue() }, rarely) },
)
const withRun = (fields: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc
    .tuple(fields, fc.record({ run_id: text, run_uuid: text }, { requiredKeys: ['run_id'] }), fc.boolean())
    .map(([given, { run_id, run_uuid }, isOld]) => ({ ...given, run_id, ...(isOld ? { run_uuid } : {}) }))
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 })
const aBatch = withRun(
  fc.record(
    { metrics: mostly(list(aMetric)), params: mostly(list(aPair)), tags: mostly(list(aPair)) },
    { requiredKeys: [] },
  ),
)

describe('plain messages', () => {
  test.each<[string, (message: unknown) => unknown, z.ZodType, fc.Arbitrary<object>]>([
    ['log-batch', decodePlainLogBatch, LogBatchRequest, aBatch],
    ['log-metric', decodePlainLogMetric, LogMetricRequest, withRun(aMetric)],
    ['log-parameter', decodePlainKeyValue, LogParamRequest, withRun(aPair)],
    ['set-tag', decodePlainKeyValue, SetRunTagRequest, withRun(aPair)],
  ])('what the decoder of %s takes, the schema takes with the same result', (_, decode, schema, messages) => {
    let taken = 0
    fc.assert(
      fc.property(messages, (message) => {
        const received: unknown = JSON.parse(JSON.stringify(message))
        const decoded = decode(received)
        if (decoded === undefined) return
        taken++
        expect(decoded).toEqual(parseRequest(schema, received))
      }),
      { numRuns: 2000 },
    )
    expect(taken).toBeGreaterThan(200)
  })

  test.each([
    ['null', { step: null }],
    ['an infinity that JSON made', { value: JSON.parse('1e999') }],
    ['a step beyond 2^53', { step: '9007199254740993' }],
    ['a nested unknown field', { more: [[]] }],
  ])('%s is left to the schema', (_, fields) => {
    const metric = { key: 'k', value: 1, timestamp: 1, step: 1, ...fields }
    expect(decodePlainLogMetric({ run_id: 'r', ...metric })).toBeUndefined()
    expect(decodePlainLogBatch({ run_id: 'r', metrics: [metric] })).toBeUndefined()
  })
})
