import { describe, expect, test } from 'vitest'
import { toLogText } from './log-text.ts'

describe('toLogText', () => {
  test('keeps a line of exactly the limit', () => {
    expect(toLogText('x'.repeat(100), 100)).toBe('x'.repeat(100))
  })

  test.each([
    ['ASCII', 'x'.repeat(101), 101],
    ['two-byte characters', 'é'.repeat(51), 102],
    ['characters outside the BMP', '🐎'.repeat(26), 104],
  ])('cuts %s above the limit, says how long the line was, and cuts no character in two', (_title, text, bytes) => {
    const cut = toLogText(text, 100)
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(100)
    expect(cut).toMatch(/^(x+|é+|🐎+) … line cut: it has \d+ bytes$/u)
    expect(cut).toContain(`${bytes} bytes`)
  })

  test('shows NUL, which Postgres refuses, as its picture', () => {
    expect(toLogText('a\0b\0', 100)).toBe('a␀b␀')
  })
})
