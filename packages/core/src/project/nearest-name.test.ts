import { expect, test } from 'vitest'
import { findNearestName, listNames } from './nearest-name.ts'

test.for([
  ['trian', 'train'],
  ['Train', 'train'],
  ['entrypoints', 'entry_points'],
  ['entry-points', 'entry_points'],
  ['trains', 'train'],
  ['xyz', undefined],
  ['evaluate', undefined],
  ['x'.repeat(10_000), undefined],
] as const)('finds for %s the name %s', ([name, expected]) => {
  expect(findNearestName(name, ['evaluation', 'train', 'entry_points'])).toBe(expected)
})

test('cuts long lists of names', () => {
  expect(listNames(Array.from({ length: 22 }, (_, index) => `s${index}`))).toMatch(/'s19' and 2 more$/)
})
