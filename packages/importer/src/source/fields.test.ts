import { describe, expect, it } from 'vitest'
import { findDouble, findInteger, findText } from './fields.ts'

describe('findDouble', () => {
  it.each([
    ['1e-05', 1e-5],
    ['-.5', -0.5],
    ['7.', 7],
    ['nan', Number.NaN],
    ['inf', Number.MAX_VALUE],
    ['-inf', -Number.MAX_VALUE],
    ['1e999', Number.MAX_VALUE],
    ['Infinity', Number.MAX_VALUE],
    [0.25, 0.25],
  ])('reads %s as Python does', (text, value) => {
    expect(findDouble(text)).toBe(value)
  })

  it.each(['', '0x10', '1_000', 'one', '1 2', null, undefined, {}])('finds no number in %s', (text) => {
    expect(findDouble(text)).toBeUndefined()
  })
})

describe('findInteger', () => {
  it.each([
    ['-3', -3],
    [12n, 12],
    [9_007_199_254_740_993n, undefined],
    ['99999999999999999999', undefined],
    ['1.5', undefined],
    [1.5, undefined],
  ])('reads %s as %s', (value, integer) => {
    expect(findInteger(value)).toBe(integer)
  })
})

describe('findText', () => {
  it('replaces what Postgres cannot keep', () => {
    expect(findText('a\0b')).toBe('a\uFFFDb')
  })
})
