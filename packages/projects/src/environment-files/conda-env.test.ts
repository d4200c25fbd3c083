import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isPipOnly, parseCondaEnv } from './conda-env.ts'

interface Vector {
  readonly yaml: string
  readonly python?: string | null
  readonly build?: readonly string[]
  readonly pip?: readonly string[]
  readonly error?: string
}

/** Made by MLflow 3.17's own conversion; python null: the version of the interpreter. */
const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../fixtures/mlproject/python/conda.json', import.meta.url), 'utf8'),
)

test.for(vectors.filter(({ error }) => error === undefined))('converts $yaml as MLflow does', (vector) => {
  const env = parseCondaEnv(vector.yaml, 'conda.yaml')
  expect(env.python ?? null).toBe(vector.python)
  expect(env.buildDependencies).toEqual(vector.build)
  expect(env.pipDependencies).toEqual(vector.pip)
})

test.for(vectors.filter(({ error }) => error !== undefined))('refuses $yaml as MLflow does', ({ yaml, error = '' }) => {
  // Up to the value: MLflow prints a dependency as Python does.
  expect(() => parseCondaEnv(yaml, 'conda.yaml')).toThrow(error.slice(0, error.indexOf(':')))
})

test('keeps what only conda can install, and the channels', () => {
  const env = parseCondaEnv('channels: [conda-forge]\ndependencies: [python=3.12, "numpy>=2", "python 3.8"]', 'c')
  expect(env.channels).toEqual(['conda-forge'])
  expect(env.condaDependencies).toEqual(['numpy>=2', 'python 3.8'])
  expect(isPipOnly(env)).toBe(false)
  expect(isPipOnly(parseCondaEnv('dependencies: [python=3.12, pip, {pip: [numpy]}]', 'c'))).toBe(true)
})

test('takes an empty file for an empty environment', () => {
  expect(isPipOnly(parseCondaEnv('', 'c'))).toBe(true)
})

test('reports every finding with its place', () => {
  expect(() =>
    parseCondaEnv('dependencies:\n- python\n- 5\n- pip: ["a\\nb"]\nchannels: [[x]]\n', 'conda.yaml'),
  ).toThrow(
    [
      'The project is not valid:',
      'conda.yaml:2:3: Invalid dependency for python: python. It must be pinned (e.g. python=3.8.13). (write for example python=3.12)',
      'conda.yaml:3:3: Invalid conda dependency: the number 5. Must be str or dict in the form of {"pip": [...]} (write name=version, or pip: with a list below it)',
      'conda.yaml:4:9: a line of pip has a line break in it (write one requirement per item)',
      'conda.yaml:5:12: a channel must be text, but is a list (write a name or a URL)',
    ].join('\n'),
  )
})
