import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLineSplitter, MAX_LINE_BYTES } from './line-splitter.ts'

const split = (...chunks: (string | Buffer)[]): string[] => {
  const lines: string[] = []
  const splitter = createLineSplitter((text) => lines.push(text))
  for (const chunk of chunks) splitter.write(Buffer.from(chunk))
  splitter.end()
  return lines
}

describe('output', () => {
  test.each<[string, string[], string[]]>([
    ['lines', ['a\nb\n'], ['a', 'b']],
    ['empty lines', ['\n\na\n'], ['', '', 'a']],
    ['a last line without an end', ['a\nb'], ['a', 'b']],
    ['nothing', [], []],
    ['lines over chunks', ['a', 'b\nc', '\n'], ['ab', 'c']],
    ['Windows line ends', ['a\r\nb\r', '\nc\r\n'], ['a', 'b', 'c']],
    ['a progress bar', ['10%\r50%\r', '100%\n'], ['100%']],
    ['a progress bar that ends with a return', ['10%\r100%\r\n'], ['100%']],
    ['a NUL', ['a\0b\n'], ['a\uFFFDb']],
  ])('with %s', (_name, chunks, lines) => {
    expect(split(...chunks)).toEqual(lines)
  })

  test('keeps a character whose bytes arrive apart', () => {
    const bytes = Buffer.from('é€😀\n')
    expect(split(...Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(['é€😀'])
  })

  test.each([MAX_LINE_BYTES - 1, MAX_LINE_BYTES])('keeps a line of %i bytes whole', (size) => {
    expect(split(`${'x'.repeat(size)}\n`)).toEqual(['x'.repeat(size)])
  })

  test('cuts a longer line, says how much went and keeps within the limit', () => {
    const [line = '', next] = split('€'.repeat(100_000), '\nnext\n')
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES)
    expect(line).toMatch(/^€+ … \[\d+ more bytes cut\]$/)
    expect(next).toBe('next')
  })

  test('reads the same however it is cut into chunks', () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '\n', '\r', 'b\n'), { maxLength: 30 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (whole, size) => {
        const bytes = Buffer.from(whole)
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        )
        expect(split(...chunks)).toEqual(split(bytes))
      }),
    )
  })
})
