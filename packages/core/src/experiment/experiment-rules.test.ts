import { expect, test } from 'vitest'
import { validateExperimentName, validateExperimentTag } from './experiment-rules.ts'

test.each(['a', ' untrimmed ', 'a/b:c%', '実験'])('%s is a name', (name) => {
  expect(() => validateExperimentName(name)).not.toThrow()
})

test.each([
  ['', "Missing value for required parameter 'new_name'."],
  ['a\0', "parameter 'new_name' supplied: it contains the character U+0000"],
])('the name %j is refused', (name, message) => {
  expect(() => validateExperimentName(name, 'new_name')).toThrow(message)
})

test('a name has at most 500 characters', () => {
  expect(() => validateExperimentName('😀'.repeat(500))).not.toThrow()
  expect(() => validateExperimentName('x'.repeat(501))).toThrow("'name' exceeds the maximum length of 500 characters")
})

test('a tag value of 5000 characters is kept, one more is an error', () => {
  expect(() => validateExperimentTag({ key: 'a', value: 'x'.repeat(5000) })).not.toThrow()
  expect(() => validateExperimentTag({ key: 'a', value: 'x'.repeat(5001) }, 'tags[0]')).toThrow(
    "'tags[0].value' exceeds the maximum length of 5000 characters",
  )
})
