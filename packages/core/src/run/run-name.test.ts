import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generateRunName, resolveRunName } from './run-name.ts'

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('a generated name is adjective-noun-number of at most 20 characters', () => {
  fc.assert(
    fc.property(fc.array(unit, { minLength: 3, maxLength: 3 }), (numbers) => {
      const source = [...numbers]
      const name = generateRunName(() => source.shift() ?? 0)
      expect(name).toMatch(/^[a-z]+-[a-z]+-([0-9]|[1-9][0-9]{1,2}|1000)$/)
      expect(name.length).toBeLessThanOrEqual(20)
    }),
    { numRuns: 1000 },
  )
})

test('the same random numbers give the same name', () => {
  expect(generateRunName(() => 0)).toBe('able-ant-0')
})

const never = (): number => {
  throw new Error('no name is generated')
}

test.each([
  [{ runName: 'given' }, 'given'],
  [{ tags: [{ key: 'mlflow.runName', value: 'tagged' }] }, 'tagged'],
  [{ runName: '', tags: [{ key: 'mlflow.runName', value: 'tagged' }] }, 'tagged'],
  [{ runName: 'same', tags: [{ key: 'mlflow.runName', value: 'same' }] }, 'same'],
])('%j is named %s, in the tag too', (run, name) => {
  expect(resolveRunName(run, never)).toEqual({ name, tags: [{ key: 'mlflow.runName', value: name }] })
})

test('a run without a name gets a generated one', () => {
  const { name, tags } = resolveRunName({ runName: '', tags: [{ key: 'a', value: 'b' }] }, () => 0)
  expect(name).toBe('able-ant-0')
  expect(tags).toEqual([
    { key: 'a', value: 'b' },
    { key: 'mlflow.runName', value: 'able-ant-0' },
  ])
})

test('a name and a tag that differ are refused', () => {
  const run = { runName: 'a', tags: [{ key: 'mlflow.runName', value: 'b' }] }
  expect(() => resolveRunName(run, never)).toThrow(
    "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='a', mlflow.runName='b').",
  )
})
