import { describe, expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import type { NewModelVersion } from './registry.ts'
import { parseVersionSource, validateLocalSource } from './version-source.ts'

const RUN = 'a'.repeat(32)
const OTHER_RUN = 'b'.repeat(32)
const MODEL = `m-${'c'.repeat(32)}`

const aVersion = (version: Partial<NewModelVersion>): NewModelVersion => ({
  name: 'm',
  source: 's3://b/x',
  runId: '',
  runLink: '',
  description: '',
  tags: [],
  ...version,
})

const refusalOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof InvalidParameterValueError) return error.message
    throw error
  }
  return 'accepted'
}

describe('the source of a version', () => {
  test.each([
    's3://b/x',
    's3://b/a+b/100%/ü',
    'mlflow-artifacts:/models',
    'mlflow-artifacts:/models///',
    'mlflow-artifacts:/models/foo///bar',
    'mlflow-artifacts://host:9000/models/artifact/..../',
    'http://host/api/2.0/mlflow-artifacts/artifacts/x',
    'dbfs:/x;y/z',
    `mlflow-artifacts:/1/${RUN}/artifacts/model`,
  ])('may be %s', (source) => {
    expect(parseVersionSource(aVersion({ source }))).toEqual({ kind: 'plain' })
  })

  // spec/security.md §3.1: CVE-2023-1177, -2356, -2780, 2024-1558, -1593, -3573, -8859, 2025-11201.
  test.each([
    '/etc/passwd',
    '/etc/no-such',
    '/etc',
    'file:///etc',
    'file:///path/to/m',
    '..\\..\\etc',
    'file:\\\\\\etc',
    'http://h:9/models/../../../',
    'https://h/api/2.0/mlflow-artifacts/artifacts/../../../',
    's3a://b/x/../../../',
    'ftp://h:8/x/../../../',
    'mlflow-artifacts://h:9/m/../../../',
    'mlflow-artifacts://h:9/m/..%2f..%2fx',
    'mlflow-artifacts://h:9/m/%252e%252e%252fx',
    `mlflow-artifacts:/m/%${'25'.repeat(11)}2e`,
    'dbfs:/R/artifacts/a%3f/../../../../',
    'mlflow-artifacts://h:9/m/a%00',
    'http://h/;..%2F..%2Fetc',
    'dbfs:/x;../../etc',
    'dbfs:/x;..',
    'dbfs:/x?../../etc',
    'dbfs:/x;a/../../etc',
    'http:///#/../../etc/',
    'http://h/a#../../etc',
    'http://h/a?../../etc',
    '//etc',
    'file:etc',
    'file:/etc',
    ':/etc',
    'File://localhost/etc',
    'file://./etc',
    'file://remote/etc',
    'C:\\x',
    'C:x',
    '\\\\h\\s',
    'javascript:alert(1)',
    'data:text/html,x',
    's3://b',
    's3://b/./x',
    'a\r\nb',
    's3://b/a\r\nb',
    'relative/path',
    'dummy-source',
  ])('must not be %j', (source) => {
    expect(refusalOf(() => parseVersionSource(aVersion({ source })))).toMatch(/^Invalid model version source: '/)
  })

  test('says the same of a file that exists and of one that does not', () => {
    const [exists, absent] = ['/etc/passwd', '/etc/no-such'].map((source) =>
      refusalOf(() => parseVersionSource(aVersion({ source }))).replace(source, 'X'),
    )
    expect(exists).toBe(absent)
  })

  test.each([
    [`runs:/${RUN}/model`, { runId: RUN }, 'accepted'],
    [`runs:/${RUN}`, { runId: RUN }, 'accepted'],
    [`runs:/${RUN}/model`, { runId: OTHER_RUN }, 'The run_id request parameter must identify'],
    [`runs:/${RUN}/model`, {}, 'The run_id request parameter must identify'],
    [`runs://h/${RUN}/model`, { runId: RUN }, 'The run_id request parameter must identify'],
    [`runs:/${RUN}/model`, { runId: RUN, modelId: MODEL }, 'The model_id request parameter must identify'],
    [`models:/${MODEL}`, { modelId: MODEL }, 'accepted'],
    [`models:/${MODEL}`, {}, 'The model_id request parameter must identify'],
    [`models:/${MODEL}`, { modelId: 'm-other' }, 'The model_id request parameter must identify'],
    ['models:/n/1', {}, 'accepted'],
    ['models:/n/1', { runId: RUN }, 'accepted'],
    ['models:/', {}, 'The model_id request parameter must identify'],
    ['models:/a/b/c', {}, 'The model_id request parameter must identify'],
    ['models://h/n/1', {}, 'must use the active model registry'],
    ['models:/n/../1', {}, 'an absolute path must be provided'],
    [`mlflow-artifacts:/1/${RUN}/artifacts/m`, { runId: RUN }, 'accepted'],
    [`mlflow-artifacts:/1/${RUN}/artifacts/m`, { runId: OTHER_RUN }, 'The run_id request parameter must identify'],
    [`mlflow-artifacts:/1/${RUN}/%61rtifacts`, { runId: OTHER_RUN }, 'The run_id request parameter must identify'],
    [
      `http://h/api/2.0/mlflow-artifacts/artifacts/1/${RUN}/artifacts/m`,
      { runId: OTHER_RUN },
      'The run_id request parameter must identify',
    ],
    [`mlflow-artifacts:/1/models/${MODEL}/artifacts`, { modelId: MODEL }, 'accepted'],
    [
      `mlflow-artifacts:/1/models/${MODEL}/artifacts`,
      { modelId: 'm-x' },
      'The model_id request parameter must identify',
    ],
  ])('%s with %j: %s', (source, ids, expected) => {
    expect(refusalOf(() => parseVersionSource(aVersion({ source, ...ids })))).toContain(expected)
  })

  test.each([
    ['dummy-source', 'true', { kind: 'prompt' }],
    ['prompt-template', 'TRUE', { kind: 'prompt' }],
  ])('of a prompt may be %s', (source, value, expected) => {
    const tags = [{ key: 'mlflow.prompt.is_prompt', value }]
    expect(parseVersionSource(aVersion({ source, tags }))).toEqual(expected)
  })

  test.each([
    ['/etc', 'true', "Invalid prompt source: '/etc'. Prompt sources must use an MLflow placeholder."],
    ['/etc', 'false', 'To use a local path as a model version source'],
    ['s3://b/x', 'true', 'Invalid prompt source'],
  ])('is checked whatever the tags: %s with is_prompt %s', (source, value, expected) => {
    const tags = [{ key: 'mlflow.prompt.is_prompt', value }]
    expect(refusalOf(() => parseVersionSource(aVersion({ source, tags })))).toContain(expected)
  })

  test('must match the pattern of the operator anywhere', () => {
    const allowed = /^mlflow-artifacts:|\/ok\//
    expect(refusalOf(() => parseVersionSource(aVersion({ source: 's3://b/x' }), allowed))).toBe(
      "Invalid model version source: 's3://b/x'.",
    )
    expect(parseVersionSource(aVersion({ source: 's3://b/ok/x' }), allowed)).toEqual({ kind: 'plain' })
  })
})

describe('a local source', () => {
  test.each([
    ['/a/b', '/a/b', true],
    ['/a/b/c', '/a/b', true],
    ['/a/b/', '/a/b', true],
    ['/a/b/model/..', '/a/b', true],
    ['/a/b/./c', 'file:///a/b', true],
    ['file:///a/b/c', '/a/b', true],
    ['file:/a/b/c%20d', '/a/b', true],
    ['file://localhost/a/b', '/a/b/', true],
    ['/a/b/..', '/a/b', false],
    ['/a/bc', '/a/b', false],
    ['file:///a/b/%2e%2e/c', '/a/b', false],
    ['file:///a/b?x/../../..', '/a/b', false],
    ['file:///a/b#x', '/a/b', false],
    ['file://host/a/b', '/a/b', false],
    ['//a/b', '/a/b', false],
    ['a/b', '/a/b', false],
    ['/a\\..\\b', '/a', false],
    ['/a/b', '/', false],
    ['/a/b', 's3://a/b', false],
    ['/a/b', 'mlflow-artifacts:/a/b', false],
  ])('%s below %s: %s', (source, root, isInside) => {
    const refusal = refusalOf(() => validateLocalSource(source, root, 'run_id'))
    expect(refusal).toBe(
      isInside
        ? 'accepted'
        : `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
    )
  })
})
