import { type Metric, toMetricWire } from '@tidemill/core'
import { expect, test } from 'vitest'
import { toMetricsJson } from './metrics-json.ts'

const hostile = 'a"b\\c\n\u2028\ud83d\ude00\u0001</script>'

/** 0, ±1 and the neighbours of the powers of ten within ±2^53. */
const integers = [
  0,
  ...Array.from({ length: 16 }, (_, power) => [10 ** power - 1, 10 ** power, 10 ** power + 1]).flat(),
  Number.MAX_SAFE_INTEGER,
].flatMap((each) => [each, -each])

const values = [0, -0, 1, 0.1, -2.5, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, Number.NaN]

const points: readonly Metric[] = [
  ...integers.map((timestamp, index) => ({ key: 'k', value: 1 / 3, timestamp, step: integers.at(-index) ?? 0 })),
  ...values.map((value, index) => ({ key: index % 2 === 0 ? hostile : 'k', value, timestamp: 1, step: index })),
]

const finite = points.filter(({ value }) => Number.isFinite(value))

test.each([[[]], [points], [finite], [points.slice(0, 1)]])(
  'the text of points is that of their wire form: case %#',
  (some) => {
    expect(toMetricsJson(some).toString()).toBe(JSON.stringify(some.map(toMetricWire)))
  },
)

test('points of several runs say whose they are, between what comes before and after', () => {
  const ofRuns = points.map((point, index) => ({ ...point, runId: `${hostile} ${index % 3}` }))
  expect(JSON.parse(toMetricsJson(ofRuns, '{"é":', ',"after":"é"}').toString())).toEqual({
    é: ofRuns.map((each) => ({ ...JSON.parse(JSON.stringify(toMetricWire(each))), run_id: each.runId })),
    after: 'é',
  })
})
