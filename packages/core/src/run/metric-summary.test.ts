import { expect, test } from 'vitest'
import { type MetricSummary, type SummarizedPoint, summarizeMore } from './metric-summary.ts'

const point = (step: number, timestamp: number, value: number): SummarizedPoint => ({ step, timestamp, value })

const summarize = (points: readonly SummarizedPoint[]): MetricSummary | undefined => {
  let summary: MetricSummary | undefined
  for (const each of points) summary = summarizeMore(summary, each)
  return summary
}

test.each([
  ['step before timestamp', [point(2, 1, 5), point(1, 9, 7)], point(2, 1, 5)],
  ['timestamp before value', [point(1, 1, 9), point(1, 2, 3)], point(1, 2, 3)],
  ['the larger value', [point(1, 1, 3), point(1, 1, 9), point(1, 1, 4)], point(1, 1, 9)],
  ['NaN as 0, so not after 1', [point(1, 1, 1), point(1, 1, Number.NaN)], point(1, 1, 1)],
  ['NaN as 0, so after -1', [point(1, 1, -1), point(1, 1, Number.NaN)], point(1, 1, Number.NaN)],
  ['0 before an equal NaN that follows', [point(1, 1, 0), point(1, 1, Number.NaN)], point(1, 1, 0)],
  ['negative steps', [point(-3, 5, 1), point(-2, 1, 2)], point(-2, 1, 2)],
])('the latest point goes by %s', (_, points, latest) => {
  expect(summarize(points)).toMatchObject(latest)
})

test.each([
  [[3, -1, 2], -1, 3],
  [[Number.NaN, 2, Number.NaN, 1], 1, 2],
  [[Number.NaN], Number.NaN, Number.NaN],
])('the extremes of %j are %d and %d', (values, min, max) => {
  expect(summarize(values.map((value, step) => point(step, 0, value)))).toMatchObject({ min, max })
})
