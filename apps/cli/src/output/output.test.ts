import { describe, expect, test } from 'vitest'
import { formatDuration } from './duration.ts'
import { toSafeText } from './safe-text.ts'
import { formatTable } from './table.ts'

describe('formatDuration', () => {
  test.each([
    [0, '0.0s'],
    [420, '0.4s'],
    [59_940, '59.9s'],
    [59_960, '1m 00s'],
    [125_000, '2m 05s'],
    [3_720_000, '1h 02m'],
  ])('%i ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

describe('toSafeText', () => {
  test.each([
    ['plain ✓ text\twith a tab', 'plain ✓ text\twith a tab'],
    ['\u001b[31mred\u001b[0m', '\u001b[31mred\u001b[0m'],
    ['\u001b[2Jgone', '␛[2Jgone'],
    ['\u001b]0;title\u0007', '␛]0;title␇'],
    ['over\rwritten\nline', 'over␍written␊line'],
    ['\u009b31m', '␡31m'],
  ])('%j becomes %j', (text, safe) => {
    expect(toSafeText(text)).toBe(safe)
  })
})

describe('formatTable', () => {
  test('aligns columns without lines or trailing blanks', () => {
    const table = formatTable(
      ['ID', 'NAME'],
      [
        ['1', 'long name'],
        ['22', 'x'],
      ],
    )
    // oxlint-disable-next-line no-control-regex -- colours of the head
    expect(table.replaceAll(/\u001b\[\d+m/g, '')).toBe('ID  NAME\n1   long name\n22  x')
  })
})
