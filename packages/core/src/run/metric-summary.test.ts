import { expect, test } from 'vitest'
import { summarizeMetrics } from './metric-summary.ts'
import type { Metric } from './run.ts'

const point = (step: number, timestamp: number, value: number): Metric => ({ key: 'm', step, timestamp, value })

test.each([
  ['step before timestamp', [point(2, 1, 5), point(1, 9, 7)], point(2, 1, 5)],
  ['timestamp before value', [point(1, 1, 9), point(1, 2, 3)], point(1, 2, 3)],
  ['the larger value', [point(1, 1, 3), point(1, 1, 9), point(1, 1, 4)], point(1, 1, 9)],
  ['NaN as 0, so not after 1', [point(1, 1, 1), point(1, 1, Number.NaN)], point(1, 1, 1)],
  ['NaN as 0, so after -1', [point(1, 1, -1), point(1, 1, Number.NaN)], point(1, 1, Number.NaN)],
  ['0 before an equal NaN that follows', [point(1, 1, 0), point(1, 1, Number.NaN)], point(1, 1, 0)],
  ['negative steps', [point(-3, 5, 1), point(-2, 1, 2)], point(-2, 1, 2)],
])('the latest point goes by %s', (_, points, latest) => {
  expect(summarizeMetrics(points)[0]?.latest).toEqual(latest)
})

test.each([
  [[3, -1, 2], -1, 3],
  [[Number.NaN, 2, Number.NaN, 1], 1, 2],
  [[Number.NaN], Number.NaN, Number.NaN],
])('the extremes of %j are %d and %d', (values, min, max) => {
  expect(summarizeMetrics(values.map((value, step) => point(step, 0, value)))[0]).toMatchObject({ min, max })
})

test('each key has its own summary', () => {
  const summaries = summarizeMetrics([{ ...point(1, 1, 1), key: 'b' }, point(2, 2, 2), { ...point(0, 0, 0), key: 'b' }])
  expect(summaries.map(({ latest, min, max }) => [latest.key, latest.value, min, max])).toEqual([
    ['b', 1, 0, 1],
    ['m', 2, 2, 2],
  ])
})
