import { describe, expect, test } from 'vitest'
import { parseAge } from './parse-age.ts'

describe('parseAge', () => {
  test.each([
    ['30d', 2_592_000_000],
    ['2d8h5m20s', 201_920_000],
    ['1.5h', 5_400_000],
    ['.5m', 30_000],
    ['0.0015s', 1],
    ['0s', 0],
  ])('%s is %i ms', (text, ms) => {
    expect(parseAge(text)).toBe(ms)
  })

  test.each(['', '5', '5 d', 'd', '1h2d', '-1d', '1e9d', '1..5h', '2w'])("'%s' is no age", (text) => {
    expect(() => parseAge(text)).toThrow(`Could not parse any time information from '${text}'`)
  })

  test('an age beyond a hundred years is a slip', () => {
    expect(() => parseAge('99999999d')).toThrow('more than a hundred years')
  })
})
