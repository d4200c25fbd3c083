import { expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import { checkBulkHistory, checkSampledHistory } from './history-rules.ts'

const runs = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))

test.each([
  [[], 'k', 1, 'GetMetricHistoryBulk request must specify at least one run_id.'],
  [runs(101), 'k', 1, 'GetMetricHistoryBulk request cannot specify more than 100 run_ids. Received 101 run_ids.'],
  [runs(1), undefined, 1, 'GetMetricHistoryBulk request must specify a metric_key.'],
  [runs(1), 'k', -1, "Invalid value -1 for parameter 'max_results' supplied."],
] as const)('a bulk history is refused: case %#', (runIds, key, maxResults, message) => {
  const check = () => checkBulkHistory(runIds, key, maxResults)
  expect(check).toThrow(InvalidParameterValueError)
  expect(check).toThrow(message)
})

test('a bulk history has at most 25,000 points', () => {
  expect(checkBulkHistory(runs(100), '', 25_001)).toEqual({ key: '', maxResults: 25_000 })
  expect(checkBulkHistory(runs(1), 'k', 0)).toEqual({ key: 'k', maxResults: 0 })
})

test.each([
  [{ runIds: runs(1), maxResults: 0 }, 'max_results must be between 1 and 2500.'],
  [{ runIds: runs(1), maxResults: 2501 }, 'max_results must be between 1 and 2500.'],
  [
    { runIds: runs(101), maxResults: 1 },
    'GetMetricHistoryBulkInterval request must specify at most 100 run_ids. Received 101 run_ids.',
  ],
  [
    { runIds: runs(1), maxResults: 1, startStep: 0 },
    'If either start step or end step are specified, both must be specified.',
  ],
  [
    { runIds: runs(1), maxResults: 1, endStep: 0 },
    'If either start step or end step are specified, both must be specified.',
  ],
  [
    { runIds: runs(1), maxResults: 1, startStep: 4, endStep: 2 },
    'end_step must be greater than start_step. Found start_step=4 and end_step=2.',
  ],
])('a sampled history is refused: case %#', (sample, message) => {
  expect(() => checkSampledHistory(sample)).toThrow(InvalidParameterValueError)
  expect(() => checkSampledHistory(sample)).toThrow(message)
})

test('a range may be one step', () => {
  expect(checkSampledHistory({ runIds: runs(100), maxResults: 2500, startStep: -3, endStep: -3 })).toEqual({
    start: -3,
    end: -3,
  })
  expect(checkSampledHistory({ runIds: runs(1), maxResults: 1 })).toBeUndefined()
})
