import { expect, test } from 'vitest'
import { toAbsolutePlace } from './absolute-place.ts'

test.each([
  ['my_location', '/cwd/my_location'],
  ['some location/', '/cwd/some location'],
  ['./a/../b', '/cwd/b'],
  ['#path/to?', '/cwd/#path/to?'],
  ['file:path/to', 'file:///cwd/path/to'],
  ['FILE:path?param=value', 'file:///cwd/path?param=value'],
  ['file:///path/to', 'file:///path/to'],
  ['file:/path', 'file:/path'],
  ['/path/to/', '/path/to/'],
  ['s3://bucket/path?x=1', 's3://bucket/path?x=1'],
  ['mlflow-artifacts:/', 'mlflow-artifacts:/'],
])('the place %s is %s', (place, absolute) => {
  expect(toAbsolutePlace(place, '/cwd')).toBe(absolute)
})
