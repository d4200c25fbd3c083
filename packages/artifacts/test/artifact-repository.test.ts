import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createArtifactRepository, createLocalArtifactStore } from '@tidemill/artifacts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let base = ''
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tidemill-repository-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

const setup = () => {
  const proxied = createLocalArtifactStore(join(base, 'proxied'))
  const repository = createArtifactRepository({
    proxied,
    roots: [join(base, 'root'), `file://${join(base, 'by-uri')}`, 's3://bucket/kept', 'mlflow-artifacts:/', 'dbfs:/x'],
  })
  return { proxied, repository }
}

describe('an artifact URI', () => {
  test.each([
    ['mlflow-artifacts:/1/abc/artifacts', '1/abc/artifacts'],
    ['mlflow-artifacts:///1/abc', '1/abc'],
    ['mlflow-artifacts://host:9000/models', 'models'],
    ['mlflow-artifacts:/', ''],
    ['mlflow-artifacts:/models///', 'models'],
    ['mlflow-artifacts:/models/foo///bar', 'models/foo/bar'],
    ['mlflow-artifacts://host:9000/models/artifact/..../', 'models/artifact/....'],
    ['http://host:5000/api/2.0/mlflow-artifacts/artifacts/1/a', '1/a'],
    ['https://host/prefix/api/2.0/mlflow-artifacts/artifacts/1', '1'],
  ])('%s is the proxy’s %j', (uri, path) => {
    const { proxied, repository } = setup()
    expect(repository.resolve(uri)).toEqual({ store: proxied, path })
  })

  test.each([
    ['an absolute path', () => join(base, 'root/1/abc')],
    ['a file URI', () => `file://${join(base, 'root/1/abc')}`],
    ['a path with a slash at the end', () => `${join(base, 'root/1/abc')}/`],
    ['a path below a root that was given as URI', () => join(base, 'by-uri/1/abc')],
    ['an S3 URI', () => 's3://bucket/kept/1/abc'],
  ])('%s below a configured root is served from there', (_, uri) => {
    const { proxied, repository } = setup()
    const location = repository.resolve(uri())
    expect(location.path).toBe('1/abc')
    expect(location.store).not.toBe(proxied)
  })

  test.each([
    '/etc',
    'file:///etc/passwd',
    'file://localhost/etc',
    'FILE:/etc',
    'file:etc/passwd',
    's3://bucket/a',
    's3://bucket/a/../../etc',
    's3://bucket/kept-not/a',
    's3://bucket/kept/../a',
    's3://bucket/kept/%2e%2e/a',
    's3://bucket/kept/a?x=1',
    's3://other/kept/a',
    'S3://bucket/kept/a',
    'http://169.254.169.254/latest',
    'http://127.0.0.1/x',
    'dbfs:/x',
    'relative/path',
    '',
    'C:\\x',
    'javascript:alert(1)',
    'mlflow-artifacts:/../etc',
    'mlflow-artifacts://h:1/..%2f..%2fetc',
    'mlflow-artifacts:/m/a%00',
    'mlflow-artifacts:relative',
    'http://h:1/api/2.0/mlflow-artifacts/artifacts/../../../../etc',
  ])('%j is refused', (uri) => {
    const { repository } = setup()
    expect(() => repository.resolve(uri)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE' }))
  })

  test.each([
    ['a root’s name is only a prefix', () => `${join(base, 'root')}-evil/x`],
    ['the path climbs out', () => `${join(base, 'root')}/../x`],
    ['a file URI climbs out', () => `file://${join(base, 'root')}/../x`],
    ['a file URI climbs out encoded', () => `file://${join(base, 'root')}/%2e%2e/x`],
  ])('a local location is refused when %s', (_, uri) => {
    const { repository } = setup()
    expect(() => repository.resolve(uri())).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE' }))
  })
})
