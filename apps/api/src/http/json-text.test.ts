import { expect, test } from 'vitest'
import { joinJson } from './json-text.ts'

test.each([
  { items: [], text: '{"é":[],"ü":1}' },
  { items: ['"a"'], text: '{"é":["a"],"ü":1}' },
  { items: ['"é"', '2', '"\u{1f600}"'], text: '{"é":["é",2,"\u{1f600}"],"ü":1}' },
])('texts are joined by commas between what comes before and after: $text', ({ items, text }) => {
  expect(joinJson(items, '{"é":[', '],"ü":1}').toString()).toBe(text)
})
