import { expect, test } from 'vitest'
import {
  characterCount,
  isLongerThan,
  lastOfEachKey,
  toStoredParam,
  toStoredTag,
  toStoredValue,
} from './value-limits.ts'

test.each([
  ['x'.repeat(6000), 6000],
  ['x'.repeat(6001), 6000],
  ['😀'.repeat(6001), 6000],
  [`${'x'.repeat(5999)}😀y`, 6000],
])('a param value keeps 6000 characters and no half of one: case %#', (value, count) => {
  const stored = toStoredParam({ key: 'a', value }).value
  expect(characterCount(stored)).toBe(count)
  expect(value.startsWith(stored)).toBe(true)
  expect(stored).toBe(stored.toWellFormed())
})

test('a tag value keeps 8000 characters, the history of logged models all', () => {
  const value = 'x'.repeat(8001)
  expect(toStoredTag({ key: 'a', value }).value).toHaveLength(8000)
  expect(toStoredTag({ key: 'mlflow.log-model.history', value }).value).toHaveLength(8001)
})

test.each([
  [Infinity, 1.7976931348623157e308],
  [-Infinity, -1.7976931348623157e308],
  [Number.NaN, Number.NaN],
  [-0.5, -0.5],
])('a metric of %d is stored as %d', (value, stored) => {
  expect(toStoredValue(value)).toBe(stored)
})

test('of several tags with one key the last one is stored', () => {
  const tags = [
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
    { key: 'a', value: '3' },
  ]
  expect(lastOfEachKey(tags)).toEqual([
    { key: 'a', value: '3' },
    { key: 'b', value: '2' },
  ])
})

test('length counts code points', () => {
  expect(isLongerThan('😀😀', 2)).toBe(false)
  expect(isLongerThan('😀😀a', 2)).toBe(true)
})
