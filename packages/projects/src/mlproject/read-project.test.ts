import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidProjectError } from '@tidemill/core'
import type { ProjectFiles } from '../project-files.ts'
import { readProject } from './read-project.ts'

const FIXTURES = new URL('../../fixtures/mlproject/', import.meta.url)

const textFiles = (files: Readonly<Record<string, string>>): ProjectFiles => ({
  list: async () => Object.keys(files).filter((name) => !name.includes('/')),
  read: async (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  exists: async (path) => Object.hasOwn(files, path),
})

/** What lies beside the MLproject of every fixture. */
const CONDA = 'dependencies:\n- python=3.12\n- pip\n- pip: [mlflow-skinny]\n'
const fixture = (folder: string, name: string) => readFileSync(new URL(`${folder}/${name}`, FIXTURES), 'utf8')
const fixtureFiles = (folder: string, name: string) =>
  textFiles({ MLproject: fixture(folder, name), 'python_env.yaml': 'python: "3.12"\n', 'conda.yaml': CONDA })

const cases = (folder: string): string[] =>
  readdirSync(new URL(folder, FIXTURES))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))

const findings = async (files: ProjectFiles): Promise<string> => {
  const error: unknown = await readProject(files).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(InvalidProjectError)
  return error instanceof InvalidProjectError ? error.message : ''
}

describe('fixtures', () => {
  test.for<string>(cases('valid'))('reads valid/%s', async (name) => {
    const read = await readProject(fixtureFiles('valid', `${name}.yaml`))
    await expect(`${JSON.stringify(read, null, 2)}\n`).toMatchFileSnapshot(
      new URL(`valid/${name}.json`, FIXTURES).pathname,
    )
  })

  test.for<string>(cases('invalid'))('reports everything that is wrong with invalid/%s', async (name) => {
    const message = await findings(fixtureFiles('invalid', `${name}.yaml`))
    await expect(`${message}\n`).toMatchFileSnapshot(new URL(`invalid/${name}.txt`, FIXTURES).pathname)
  })
})

describe('the file', () => {
  test.for([
    [['README', 'mlPROJECT', 'src'], 'mlPROJECT', []],
    [
      ['mlproject', 'MLproject'],
      'MLproject',
      ['mlproject: is ignored, because MLproject is there too (keep one of them)'],
    ],
    [
      ['MLPROJECT', 'mlproject'],
      'MLPROJECT',
      ['mlproject: is ignored, because MLPROJECT is there too (keep one of them)'],
    ],
    [
      ['MLproject.yaml'],
      undefined,
      ['MLproject.yaml: is ignored, as by MLflow (rename it to MLproject, without an extension)'],
    ],
    [['xMLproject', 'MLproject.txt'], undefined, []],
  ] as const)('of %j is %s', async ([names, chosen, warnings]) => {
    const files = Object.fromEntries(names.map((name) => [name, `name: ${name}`]))
    const read = await readProject(textFiles(files))
    expect(read.spec.name).toBe(chosen)
    expect(read.warnings).toEqual(warnings)
  })
})

describe('the environment', () => {
  const PYTHON = 'python: "3.12"\n'
  test.for([
    [{}, { kind: 'python_env' }],
    [{ 'conda.yaml': CONDA }, { kind: 'conda_env', file: 'conda.yaml' }],
    [
      { 'conda.yaml': CONDA, 'python_env.yaml': PYTHON },
      { kind: 'python_env', file: 'python_env.yaml' },
    ],
    [
      { MLproject: 'conda_env: c.yml', 'c.yml': CONDA, 'python_env.yaml': PYTHON },
      { kind: 'conda_env', file: 'c.yml' },
    ],
    [
      { MLproject: 'python_env: e/p.yml', 'e/p.yml': PYTHON },
      { kind: 'python_env', file: 'e/p.yml' },
    ],
    [
      { MLproject: 'python_env: ""', 'conda.yaml': CONDA },
      { kind: 'conda_env', file: 'conda.yaml' },
    ],
  ] as const)('of %j is %j', async ([files, environment]) => {
    expect((await readProject(textFiles(files))).spec.environment).toEqual(environment)
  })

  test('has the findings of its file beside those of the MLproject', async () => {
    const files = {
      MLproject: 'python_env: p.yaml\nentry_points: {main: {}}\n',
      'p.yaml': 'python: 3.10\nrequirements: []\ndependencies: ["-r missing.txt", "-c there.txt"]\n',
      'there.txt': '',
    }
    expect((await findings(textFiles(files))).split('\n')).toEqual([
      'The project is not valid:',
      'MLproject:2:16: entry point \'main\' has no command (add command: "python train.py")',
      "p.yaml: the file 'missing.txt' of a -r or -c line does not exist (its path is relative to the project root)",
      'p.yaml:1:9: python must be a string, but is the number 3.1 (quote the version, for example python: "3.10")',
      "p.yaml:2:1: unknown key 'requirements' (the keys are python, build_dependencies, dependencies)",
    ])
  })
})

const WORDS = [
  'entry_points main command parameters workflows steps needs matrix retry default docker_env'.split(' '),
  '&a *a << !!int { } [ ] : ? | > # ~ 1 0x1 1:30 2020-01-01 {a} %'.split(' '),
  [': ', '- ', ', ', '\n', '\n  ', '\n    ', '? ', '"', "'", '---\n', '${{ steps.a.run_id }}'],
].flat()

describe('hostile input', () => {
  const LARGE = 'x'.repeat(256 * 1024 + 1)
  const laughs = Array.from('bcdefghij').map((name) => {
    const before = String.fromCharCode(name.charCodeAt(0) - 1)
    return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`
  })
  test.for<[string, string, string]>([
    ['more than 256 KB', `name: ${LARGE}`, 'has more than 256 KB'],
    ['a billion laughs', `a: &a [x]\n${laughs.join('\n')}\n`, 'more than 50 aliases'],
    ['brackets in brackets', `a: ${'['.repeat(100_000)}`, 'nested more than 50 deep'],
    ['brackets that close', `a: ${'['.repeat(500)}${']'.repeat(500)}`, 'nested more than 50 deep'],
    [
      'maps in maps',
      Array.from({ length: 500 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
      'nested more than 50 deep',
    ],
    ['lists in one line', `${'- '.repeat(100_000)}a`, 'nested'],
    ['a control character', 'name: "a\u0001b"', 'U+0001'],
  ])('is refused: %s', async ([, text, message]) => {
    const start = performance.now()
    expect(await findings(textFiles({ MLproject: text }))).toContain(message)
    expect(performance.now() - start).toBeLessThan(3000)
  })

  test('has no more than a hundred findings', async () => {
    const text = `entry_points:\n${Array.from({ length: 500 }, (_, index) => `  e${index}: {}`).join('\n')}\n`
    const lines = (await findings(textFiles({ MLproject: text }))).split('\n')
    expect(lines).toHaveLength(102)
    expect(lines.at(-1)).toContain('and 400 more')
  })

  test('never throws anything but InvalidProjectError', async () => {
    const word = fc.constantFrom(...WORDS)
    const text = fc.oneof(
      fc.array(word, { maxLength: 60 }).map((words) => words.join('')),
      fc.string({ unit: 'binary', maxLength: 200 }),
    )
    await fc.assert(
      fc.asyncProperty(text, async (MLproject) => {
        const outcome = await readProject(textFiles({ MLproject })).catch((error: unknown) => error)
        expect(outcome instanceof Error && !(outcome instanceof InvalidProjectError) ? outcome : undefined).toBe(
          undefined,
        )
      }),
      { numRuns: 2000 },
    )
  })
})
