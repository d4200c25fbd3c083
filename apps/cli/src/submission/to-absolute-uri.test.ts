import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toAbsoluteUri } from './to-absolute-uri.ts'

describe('toAbsoluteUri', () => {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidemill-uri-'))
    await mkdir(join(directory, 'project/sub'), { recursive: true })
  })
  afterAll(() => rm(directory, { recursive: true }))

  test.each([
    ['.', ''],
    ['project', '/project'],
    ['./project/', '/project'],
    ['project#sub', '/project#sub'],
    ["'project'", '/project'],
    ['project#a#b', '/project#a#b'],
  ])('the folder %s becomes absolute', (uri, path) => {
    expect(toAbsoluteUri(uri, directory)).toBe(`${directory}${path}`)
  })

  test.each([
    'https://github.com/mlflow/mlflow-example',
    'git@github.com:org/repo.git#dir',
    'file:///srv/repo#dir',
    'no-such-folder',
  ])('%s stays', (uri) => {
    expect(toAbsoluteUri(uri, directory)).toBe(uri)
  })
})
