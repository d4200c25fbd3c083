import { expect, test } from 'vitest'
import { toPythonJson, toPythonList, toPythonText } from './python-text.ts'

test.each([
  ['a', "'a'"],
  ["it's", `"it's"`],
  [`both ' and "`, String.raw`'both \' and "'`],
  ['a\\b\n', String.raw`'a\\b\n'`],
])('%j is printed as Python does', (text, printed) => {
  expect(toPythonText(text)).toBe(printed)
})

test('a list is printed as Python does', () => {
  expect(toPythonList(['a', "b'"])).toBe(`['a', "b'"]`)
})

test.each([
  [[], '[]'],
  [{}, '{}'],
  [[{ a: 1, b: [true, null] }, 'x'], '[{"a": 1, "b": [true, null]}, "x"]'],
  [{ 'ü,\n b': '😀\u007f"\\' }, String.raw`{"\u00fc,\n b": "\ud83d\ude00\u007f\"\\"}`],
])('%j is JSON as Python writes it', (value, text) => {
  expect(toPythonJson(value)).toBe(text)
  expect(JSON.parse(text)).toEqual(value)
})
