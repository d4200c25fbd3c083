import { expect, test } from 'vitest'
import { attachmentHeaders } from './attachment.ts'

test.each([
  ['a.txt', 'filename=a.txt'],
  ['dog+step+20.png', 'filename=dog+step+20.png'],
  ['a b.txt', 'filename="a b.txt"'],
  ['100%.txt', `filename=100%.txt; filename*=UTF-8''100%25.txt`],
  ['ü.txt', `filename=_.txt; filename*=UTF-8''%C3%BC.txt`],
  ['q".txt', `filename=q_.txt; filename*=UTF-8''q%22.txt`],
  ['a;b\\c d', `filename="a_b_c d"; filename*=UTF-8''a%3Bb%5Cc%20d`],
  ['a\r\nb', `filename=a__b; filename*=UTF-8''a%0D%0Ab`],
  ["it's(1)*", `filename="it's(1)*"`],
])('%j is saved by %s', (name, expected) => {
  expect(attachmentHeaders(name)['content-disposition']).toBe(`attachment; ${expected}`)
})
