import { expect, test } from 'vitest'
import { parseModelUri, splitModelUri } from './model-uri.ts'

// Vectors of spec/models.md §9.2.
test.each([
  ['models:/n/0', { kind: 'version', name: 'n', version: '0' }],
  ['models:/n/01', { kind: 'version', name: 'n', version: '01' }],
  ['MODELS:/n/1', { kind: 'version', name: 'n', version: '1' }],
  ['models:/n/٣', { kind: 'version', name: 'n', version: '٣' }],
  ['models:/n/-1', { kind: 'stage', name: 'n', stage: '-1' }],
  ['models:/n/1 ', { kind: 'stage', name: 'n', stage: '1 ' }],
  ['models:/a/LATEST', { kind: 'latest', name: 'a' }],
  ['models:/n@a@b', { kind: 'alias', name: 'n@a', alias: 'b' }],
  ['models:/a@b/2', { kind: 'version', name: 'a@b', version: '2' }],
  ['models:/Name/Stage@Alias', { kind: 'stage', name: 'Name', stage: 'Stage@Alias' }],
  ['models:/@x', { kind: 'alias', name: '', alias: 'x' }],
  ['models:/m-abc', { kind: 'logged_model', modelId: 'm-abc' }],
  ['models:/n?x/1', { kind: 'logged_model', modelId: 'n' }],
  ['models:/n#x/1', { kind: 'version', name: 'n#x', version: '1' }],
  ['models:///n/1', { kind: 'version', name: 'n', version: '1' }],
  ['models://h/n/1', { kind: 'version', name: 'n', version: '1' }],
  ['models://////n/1', { kind: 'version', name: 'n', version: '1' }],
])('%s names %j', (uri, expected) => {
  expect(parseModelUri(uri)).toEqual(expected)
})

test.each(['models:/', 'models:/ /Stage', 'models:/n/', 'models:/n@', 'models:/a/b/c', 'models:n/1', 'runs:/n/1', ''])(
  '%j is no models:/ URI',
  (uri) => {
    expect(() => parseModelUri(uri)).toThrow(`Not a proper models:/ URI: ${uri}. Models URIs must be of the form`)
  },
)

test.each([
  ['models:/n/1', 'models:/n/1', ''],
  ['models:/n/1/a/b', 'models:/n/1', 'a/b'],
  ['models:/n@al/a/b', 'models:/n@al', 'a/b'],
  ['models:/a@b/2', 'models:/a@b/2', ''],
  ['models:/a@b/2/MLmodel', 'models:/a@b/2', 'MLmodel'],
  ['models:/m-1', 'models:/m-1', ''],
])('%s is the model %s and the path %j', (uri, root, path) => {
  expect(splitModelUri(uri)).toEqual({ root, path })
})
