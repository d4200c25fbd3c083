import { expect, test } from 'vitest'
import { validateMaxResults } from './max-results.ts'

test.each([1, 50_000])('%d results are allowed', (maxResults) => {
  expect(() => validateMaxResults(maxResults)).not.toThrow()
})

test.each([
  [0, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"],
  [-1, "Invalid value -1 for parameter 'max_results' supplied. It must be a positive integer"],
  [50_001, "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000"],
])('%d results are refused', (maxResults, message) => {
  expect(() => validateMaxResults(maxResults)).toThrow(message)
})
