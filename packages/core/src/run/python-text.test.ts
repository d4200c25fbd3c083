import { expect, test } from 'vitest'
import { toPythonList, toPythonText } from './python-text.ts'

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
