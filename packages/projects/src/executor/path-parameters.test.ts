import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ResourceDoesNotExistError } from '@tidemill/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolvePathParameters } from './path-parameters.ts'

let base: string
let project: string

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'tidemill-paths-')))
  project = join(base, 'project')
  await mkdir(join(project, 'data'), { recursive: true })
  await writeFile(join(project, 'data', 'a b.csv'), '')
  await writeFile(join(base, 'outside.csv'), '')
  await symlink(join(base, 'outside.csv'), join(project, 'link.csv'))
})
afterAll(() => rm(base, { recursive: true }))

const resolveData = (value: string, allowsAnyPath: boolean) =>
  resolvePathParameters({
    entryPoint: {
      name: 'main',
      command: '',
      parameters: [
        { name: 'first', type: 'string' },
        { name: 'data', type: 'path' },
      ],
    },
    parameters: [
      { name: 'first', value: 'data' },
      { name: 'data', value },
      { name: 'extra', value: 'data' },
    ],
    projectDirectory: project,
    workDirectory: join(base, 'work'),
    downloader: {
      download: (uri, target) => Promise.reject(new ResourceDoesNotExistError(`nothing at ${uri} for ${target}`)),
    },
    allowsAnyPath,
  })

describe('a path parameter', () => {
  test.each([
    ['data', 'data'],
    ['./data/', 'data'],
    ['data/a%20b.csv', 'data/a b.csv'],
    ['data/a b.csv', 'data/a b.csv'],
  ])('%s is the absolute path, other parameters stay', async (value, path) => {
    const { parameters, inputs } = await resolveData(value, false)
    expect(parameters.map((parameter) => parameter.value)).toEqual(['data', join(project, path), 'data'])
    expect(inputs).toEqual([join(project, path)])
  })

  test.each(['/etc/passwd', '../outside.csv', 'link.csv', 'file:///etc/passwd', '%2e%2e/outside.csv'])(
    '%s is outside the project: refused on a worker, used on one’s own machine',
    async (value) => {
      await expect(resolveData(value, false)).rejects.toMatchObject({ end: { kind: 'rejected', code: 'policy' } })
      expect((await resolveData(value, true)).inputs).toHaveLength(1)
    },
  )

  test.each(['', 'missing', 'data/a%20b.csv/x', 'a\0b'])('%j is not there', async (value) => {
    await expect(resolveData(value, true)).rejects.toMatchObject({ end: { kind: 'rejected', code: 'parameters' } })
  })

  test('with a URI goes to a folder that counts the declared parameters', async () => {
    await expect(resolveData('runs:/1/x', false)).rejects.toMatchObject({
      end: { kind: 'rejected', code: 'parameters', reason: expect.stringMatching(/runs:\/1\/x.*param_1$/) },
    })
  })
})
