import { expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import { validateMetric, validateParam, validateRunBatch, validateTag } from './batch-rules.ts'
import type { Metric, RunBatch } from './run.ts'

const metric = (over: Partial<Metric> = {}): Metric => ({ key: 'loss', value: 1, timestamp: 1, step: 0, ...over })
const batch = (over: Partial<RunBatch>): RunBatch => ({ metrics: [], params: [], tags: [], ...over })
const metrics = (count: number): Metric[] => Array.from({ length: count }, (_, step) => metric({ step }))
const pairs = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: '' }))

test.each([
  ['nothing', batch({})],
  ['1000 metrics', batch({ metrics: metrics(1000) })],
  ['800 metrics, 100 params and 100 tags', batch({ metrics: metrics(800), params: pairs(100), tags: pairs(100) })],
  [
    'two tags of one key',
    batch({
      tags: [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
    }),
  ],
  [
    'NaN, infinities and a negative step',
    batch({
      metrics: [
        metric({ value: Number.NaN }),
        metric({ value: -Infinity }),
        metric({ step: -5 }),
        metric({ timestamp: 0 }),
      ],
    }),
  ],
])('a batch of %s is valid', (_, valid) => {
  expect(() => validateRunBatch(valid)).not.toThrow()
})

test.each([
  [
    batch({ metrics: metrics(1001) }),
    'A batch logging request can contain at most 1000 metrics. Got 1001 metrics. Please split up metrics across multiple requests and try again.',
  ],
  [batch({ params: pairs(101) }), 'at most 100 params. Got 101 params.'],
  [batch({ tags: pairs(101) }), 'at most 100 tags. Got 101 tags.'],
  [
    batch({ metrics: metrics(1000), params: pairs(1) }),
    'at most 1000 metrics, params, and tags. Got 1001 metrics, params, and tags.',
  ],
  [
    batch({ params: [...pairs(2), ...pairs(2)] }),
    "Duplicate parameter keys have been submitted: ['k0', 'k1']. Please ensure the request contains only one param value per param key.",
  ],
  [
    batch({ metrics: [metric(), metric({ key: 'a//b' })] }),
    `Invalid value "a//b" for parameter 'metrics[1].name' supplied`,
  ],
  [batch({ params: [{ key: 'a%', value: '' }] }), `for parameter 'params[0].key' supplied`],
  [
    batch({ tags: [...pairs(2), { key: 'x'.repeat(251), value: '' }] }),
    "'tags[2].key' exceeds the maximum length of 250 characters",
  ],
  [
    batch({ params: [{ key: 'a', value: 'x\0' }] }),
    "parameter 'params[0].value' supplied: it contains the character U+0000",
  ],
  [
    batch({ metrics: [metric({ timestamp: -1 })] }),
    "Invalid value -1 for parameter 'metrics[0].timestamp' supplied: Timestamp must be a nonnegative long (64-bit integer)",
  ],
])('batch %# is refused', (invalid, message) => {
  expect(() => validateRunBatch(invalid)).toThrow(InvalidParameterValueError)
  expect(() => validateRunBatch(invalid)).toThrow(message)
})

test('a wrong value is reported before a wrong count', () => {
  const both = batch({ metrics: [...metrics(1000), metric({ key: '/abs' })] })
  expect(() => validateRunBatch(both)).toThrow("'metrics[1000].name'")
})

test.each([
  [() => validateMetric(metric({ key: 'a%' })), "parameter 'name' supplied"],
  [() => validateMetric(metric({ step: 2 ** 53 })), "parameter 'step' supplied"],
  [() => validateMetric(metric({ timestamp: 1.5 })), "parameter 'timestamp' supplied"],
  [() => validateParam({ key: 'a%', value: '' }), "parameter 'key' supplied"],
  [() => validateParam({ key: 'x'.repeat(251), value: '' }), "'Param key' exceeds the maximum length"],
  [() => validateTag({ key: 'x'.repeat(251), value: '' }), "'key' exceeds the maximum length"],
])('a single item names its field without a path: case %#', (validate, message) => {
  expect(validate).toThrow(message)
})
