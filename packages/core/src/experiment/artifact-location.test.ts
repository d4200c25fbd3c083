import { expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import { appendToUri, validateArtifactLocation } from './artifact-location.ts'

test.each([
  's3://b/p',
  's3://b/p?x=1',
  'mlflow-artifacts:/',
  'mlflow-artifacts://host:9000/a',
  '/tmp/a b',
  'file:///tmp/x',
  'relative/dir',
  'C:\\data\\runs',
  's3://b/%C3%80%20x',
])('%s is a location', (location) => {
  expect(() => validateArtifactLocation(location)).not.toThrow()
})

const FRAGMENT = "'artifact_location' URL can't include fragments or params."

test.each([
  ['http:///#/../../../../etc/', FRAGMENT],
  ['/x#../../etc', FRAGMENT],
  ['s3://b/x%23y', FRAGMENT],
  ['http://h/;..%2F..%2Fetc', FRAGMENT],
  ['dbfs:/x;../../etc', FRAGMENT],
  ['http://h/a;b', FRAGMENT],
  ['http://h/a?/../../../etc/', 'Invalid query string: /../../../etc/'],
  ['http://h/a?%2e%2e/x', 'Invalid query string'],
  ['http://h/a?%252e%252e/x', 'Invalid query string'],
  ['file:///etc/?x=', 'Invalid query string'],
  ['/etc/?x=1', 'Invalid query string'],
  ['s3://b/a/../../etc', "must have no '..' segment"],
  ['mlflow-artifacts://h:1/..%2f..%2fetc', "must have no '..' segment"],
  ['..\\..\\etc', "must have no '..' segment"],
  // A broken sequence does not hide the rest.
  ['s3://b/%zz/%2e%2e/x', "must have no '..' segment"],
  ['s3://b/%00', 'no control character'],
  ['s3://b/a\nb', 'no control character'],
  ['runs:/abc/model', 'a runs: URI names a run or a model'],
  ['models:/m/1', 'a models: URI names a run or a model'],
  [`s3://b/%${'25'.repeat(12)}41`, 'percent-encoded more than 10 times'],
])('%s is refused', (location, message) => {
  expect(() => validateArtifactLocation(location)).toThrow(InvalidParameterValueError)
  expect(() => validateArtifactLocation(location)).toThrow(message)
})

test('a location has at most 2048 characters', () => {
  expect(() => validateArtifactLocation(`s3://b/${'x'.repeat(2041)}`)).not.toThrow()
  expect(() => validateArtifactLocation(`s3://b/${'x'.repeat(2042)}`)).toThrow('Invalid artifact path length.')
})

test.each([
  ['mlflow-artifacts:/', 'mlflow-artifacts:/1/artifacts'],
  ['s3://b/p', 's3://b/p/1/artifacts'],
  ['s3://b/p///', 's3://b/p/1/artifacts'],
  ['s3://b/p/?x=1', 's3://b/p/1/artifacts?x=1'],
  ['s3://b/p?x=a/b', 's3://b/p/1/artifacts?x=a/b'],
  ['/data/a?b', '/data/a?b/1/artifacts'],
  ['/', '/1/artifacts'],
])('segments are appended to %s', (uri, appended) => {
  expect(appendToUri(uri, '1', 'artifacts')).toBe(appended)
})
