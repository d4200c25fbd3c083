import { expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import { validateKey } from './key-rules.ts'

test.each(['a', 'loss/train', 'a b:c-d.e_f/1', 'größe', '学習率', '.a'])('%s is a key', (key) => {
  expect(() => validateKey(key, 'key', 'key')).not.toThrow()
})

test.each([
  ['', "Missing value for required parameter 'metrics[0].name'."],
  ['a%b', `Invalid value "a%b" for parameter 'metrics[0].name' supplied: Names may only contain alphanumerics`],
  ['a\n', 'Names may only contain alphanumerics'],
  ['a\0', 'Names may only contain alphanumerics'],
  ['a"b', String.raw`Invalid value "a\"b" for parameter`],
  ['a//b', "This name would resolve to 'a/b'"],
  ['./a', "This name would resolve to 'a'"],
  ['a/', "This name would resolve to 'a'"],
  ['a/../b', "This name would resolve to 'b'"],
  ['../a', "This name would resolve to '../a'"],
  ['a/../../b', "This name would resolve to '../b'"],
  ['..', "This name would resolve to '..'"],
  ['..a', "This name would resolve to '..a'"],
  ['.', "This name would resolve to '.'"],
  ['/a', "This name would resolve to '/a'"],
  ['//a', "This name would resolve to '//a'"],
  ['///a', "This name would resolve to '/a'"],
  ['/..', "This name would resolve to '/'"],
])('%j is no key', (key, message) => {
  expect(() => validateKey(key, 'metrics[0].name', 'Metric name')).toThrow(InvalidParameterValueError)
  expect(() => validateKey(key, 'metrics[0].name', 'Metric name')).toThrow(message)
})

test('a key has at most 250 characters, however many UTF-16 units they take', () => {
  expect(() => validateKey('𝐱'.repeat(250), 'key', 'key')).not.toThrow()
  expect(() => validateKey('𝐱'.repeat(251), 'name', 'Metric name')).toThrow(
    "'Metric name' exceeds the maximum length of 250 characters",
  )
})
