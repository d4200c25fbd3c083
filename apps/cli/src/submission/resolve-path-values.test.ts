import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolvePathValues } from './resolve-path-values.ts'

const PROJECT = `
entry_points:
  count: {parameters: {data: path, word: string}, command: "wc {data} {word}"}
workflows:
  sum:
    parameters: {data: path}
    steps:
      one: {entry_point: count, parameters: {data: "\${{ workflow.parameters.data }}", word: x}}
`

describe('resolvePathValues', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidemill-paths-'))
    await mkdir(join(directory, 'project'))
    await writeFile(join(directory, 'project/MLproject'), PROJECT)
    await mkdir(join(directory, 'broken'))
    await writeFile(join(directory, 'broken/MLproject'), 'entry_points: [')
    for (const name of ['rows.csv', 'two words.csv', '100%.csv']) await writeFile(join(directory, name), '1')
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const resolve = async (
    parameters: Record<string, string>,
    target: { entry_point?: string; workflow?: string; project?: { uri: string } } = { entry_point: 'count' },
  ) => {
    const request = { project: { uri: join(directory, 'project') }, ...target, parameters }
    return (await resolvePathValues(request, directory)).parameters
  }

  test.each([
    ['rows.csv', 'rows.csv'],
    ['./rows.csv', 'rows.csv'],
    ['two%20words.csv', 'two words.csv'],
    ['100%.csv', '100%25.csv'],
  ])('the path %s of the caller becomes absolute', async (value, name) => {
    expect(await resolve({ data: value, word: 'w' })).toEqual({ data: join(directory, name), word: 'w' })
  })

  test('a parameter of a workflow is resolved as one of an entry point', async () => {
    expect(await resolve({ data: 'rows.csv' }, { workflow: 'sum' })).toEqual({ data: join(directory, 'rows.csv') })
  })

  test.each<[string, Record<string, string>, object]>([
    ['of another type', { data: 'runs:/1/x', word: 'rows.csv' }, { entry_point: 'count' }],
    ['that names no file here', { data: 'inside.csv', word: 'w' }, { entry_point: 'count' }],
    ['that is absolute', { data: '/etc/hosts', word: 'w' }, { entry_point: 'count' }],
    ['of a broken project', { data: 'rows.csv' }, { project: { uri: 'broken' } }],
    ['of a project that is elsewhere', { data: 'rows.csv' }, { project: { uri: 'git@host:x' } }],
    ['of an unknown entry point', { data: 'rows.csv' }, { entry_point: 'nope' }],
  ])('a value %s stays', async (_case, parameters, target) => {
    expect(await resolve(parameters, target)).toEqual(parameters)
  })
})
