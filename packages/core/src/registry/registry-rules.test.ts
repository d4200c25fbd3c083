import { describe, expect, test } from 'vitest'
import { validateAlias, validateNewAlias } from './model-alias.ts'
import { validateModelName } from './model-name.ts'
import { parseModelStage, parseTransition } from './model-stage.ts'
import { parseModelVersion } from './model-version-number.ts'
import { appendRegisteredVersion } from './registered-versions-tag.ts'
import { validateModelVersionTag, validateRegisteredModelTag, validateRegistryMaxResults } from './registry-rules.ts'

describe('the name of a registered model', () => {
  test.each(['a', 'a b', 'データ', '.hidden', 'a..b', 'x'.repeat(256), '日'.repeat(256)])('may be %j', (name) => {
    expect(() => validateModelName(name)).not.toThrow()
  })

  test.each([
    ['', "Missing value for required parameter 'name'."],
    ['  ', "Missing value for required parameter 'name'."],
    ['a/b', "Invalid model name 'a/b'. Names cannot contain '/' or ':'."],
    ['a:b', "Invalid model name 'a:b'. Names cannot contain '/' or ':'."],
    ['.', "This name would resolve to '.'"],
    ['..x', "This name would resolve to '..x'"],
    ['a\0', 'U+0000'],
    ['x'.repeat(257), "'name' exceeds the maximum length of 256 characters"],
  ])('must not be %j', (name, message) => {
    expect(() => validateModelName(name)).toThrow(message)
  })
})

describe('an alias', () => {
  test.each(['champion', 'a-b_c', 'é', 'v1x', 'x'.repeat(255)])('may be %s', (alias) => {
    expect(() => validateNewAlias(alias)).not.toThrow()
  })

  test.each([
    ['', 'Registered model alias name cannot be empty.'],
    ['a b', "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-)."],
    ['x'.repeat(256), "'Registered model alias name' exceeds the maximum length of 255 characters"],
    ['LaTest', "'latest' alias name (case insensitive) is reserved."],
    ['V12', "Version alias name 'V12' is reserved."],
  ])('must not be %j', (alias, message) => {
    expect(() => validateNewAlias(alias)).toThrow(message)
  })

  test.each(['latest', 'v1'])('%s may be asked for', (alias) => {
    expect(() => validateAlias(alias)).not.toThrow()
  })
})

describe('a stage', () => {
  test.each([
    ['none', 'None'],
    ['PRODUCTION', 'Production'],
  ])('%s is %s', (text, stage) => {
    expect(parseModelStage(text)).toBe(stage)
  })

  test('is one of four', () => {
    expect(() => parseModelStage('bogus')).toThrow(
      'Invalid Model Version stage: bogus. Value must be one of None, Staging, Production, Archived.',
    )
  })

  test.each([
    ['staging', true, 'Staging'],
    ['archived', false, 'Archived'],
  ])('%s with archiving %s is %s', (text, archive, stage) => {
    expect(parseTransition(text, archive)).toBe(stage)
  })

  test('that is not active archives nobody', () => {
    expect(() => parseTransition('none', true)).toThrow(
      "Model version transition cannot archive existing model versions because 'none' is not an Active stage. Valid stages are ['Staging', 'Production']",
    )
  })
})

describe('the number of a version', () => {
  test.each([
    ['1', 1],
    [' 007 ', 7],
    ['-1', -1],
    ['1_000', 1000],
  ])('%j is %i', (text, number) => {
    expect(parseModelVersion(text)).toBe(number)
  })

  test.each(['x', '1.0', '', '1__0'])('is not %j', (text) => {
    expect(() => parseModelVersion(text)).toThrow(`Parameter 'version' must be an integer, got '${text}'.`)
  })
})

describe('a tag', () => {
  const long = 'x'.repeat(100_001)

  test('has at most 100,000 characters', () => {
    expect(() => validateRegisteredModelTag({ key: 'k', value: 'x'.repeat(100_000) })).not.toThrow()
    expect(() => validateRegisteredModelTag({ key: 'k', value: long })).toThrow(
      "'value' exceeds the maximum length of 100000 characters",
    )
    expect(() => validateModelVersionTag({ key: 'mlflow.prompt.text', value: long })).toThrow(
      'Prompt text exceeds max length of 100000 characters.',
    )
  })
})

test.each([
  [0, 'Invalid value for max_results. It must be a positive integer, but got 0'],
  [1001, 'Invalid value for request parameter max_results. It must be at most 1000, but got value 1001'],
])('max_results %i is refused', (maxResults, message) => {
  expect(() => validateRegistryMaxResults(maxResults, 1000)).toThrow(message)
})

test.each([
  [undefined, '[{"name": "m", "version": 2}]'],
  ['[]', '[{"name": "m", "version": 2}]'],
  ['[{"name": "m", "version": 1}]', '[{"name": "m", "version": 1}, {"name": "m", "version": 2}]'],
  ['[{"version":"2","name":"m"}] ', '[{"version":"2","name":"m"}, {"name": "m", "version": 2}]'],
  ['[{"name":"m","version":2}]', undefined],
  ['{"name": "m"}', undefined],
  ['[1', undefined],
])('the list of versions %j becomes %j', (text, expected) => {
  expect(appendRegisteredVersion(text, { name: 'm', version: 2 })).toBe(expected)
})
