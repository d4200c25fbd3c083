import { describe, expect, test } from 'vitest'
import { CliError } from '../errors.ts'
import { parseParameters } from './parse-parameters.ts'

describe('parseParameters', () => {
  test.each([
    [[], {}],
    [['alpha=0.5'], { alpha: '0.5' }],
    [['a=b=c', 'empty='], { a: 'b=c', empty: '' }],
    [["q='it'", 'path=/tmp/a b'], { q: "'it'", path: '/tmp/a b' }],
    [['__proto__=x'], Object.fromEntries([['__proto__', 'x']])],
  ])('%j is %j', (given, parameters) => {
    expect(parseParameters(given)).toEqual(parameters)
  })

  test.each([
    [['foo'], "Invalid format for -P parameter: 'foo'. Use -P name=value."],
    [['=1'], "Invalid format for -P parameter: '=1'. Use -P name=value."],
    [['a=1', 'a=2'], "Repeated parameter: 'a'"],
  ])('refuses %j as mlflow run does', (given, message) => {
    expect(() => parseParameters(given)).toThrow(new CliError(message))
  })
})
