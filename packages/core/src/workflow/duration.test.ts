import { expect, test } from 'vitest'
import { parseDuration } from './duration.ts'

test.for([
  ['500ms', 500],
  ['10s', 10_000],
  ['30m', 1_800_000],
  ['1h30m', 5_400_000],
  ['2d1h', 176_400_000],
  ['90', 90_000],
  ['1.5', 1500],
  ['0', 0],
  ['24d', 2_073_600_000],
  ['24d1ms', undefined],
  ['', undefined],
  ['-1s', undefined],
  ['1 h', undefined],
  ['30m1h', undefined],
  ['1.5h', undefined],
  ['ten', undefined],
  ['999999999999999h', undefined],
] as const)('reads the duration %s as %s ms', ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms)
})
