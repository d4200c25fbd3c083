import { expect, test } from 'vitest'
import { resolveParameters } from './parameters.ts'
import type { EntryPoint } from './project.ts'

const entryPoint: EntryPoint = {
  name: 'main',
  command: 'x',
  parameters: [
    { name: 'data', type: 'path' },
    { name: 'lr', type: 'float', default: '0.1' },
    { name: 'note', type: 'string', default: '' },
  ],
}

const given = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }))

test('gives declared parameters in declaration order, then extra ones in the order given', () => {
  expect(resolveParameters(entryPoint, given({ z: '1', note: 'n', b: '2', data: 'd', LR: '3' }))).toEqual(
    given({ data: 'd', lr: '0.1', note: 'n', z: '1', b: '2', LR: '3' }),
  )
})

test('does not check values against types, as MLflow', () => {
  expect(resolveParameters(entryPoint, given({ data: 'd', lr: 'abc' }))[1]).toEqual({ name: 'lr', value: 'abc' })
})

test('names every missing parameter and how to give it', () => {
  const two = { ...entryPoint, parameters: [...entryPoint.parameters, { name: 'k', type: 'int' }] }
  expect(() => resolveParameters(two, [])).toThrow(
    "No value given for missing parameters: 'data', 'k'. Give them with -P data=VALUE -P k=VALUE.",
  )
})

test.for(['x;touch PWN;', 'a b', '-x', 'a\nb', '', '1a', 'ä', 'a'.repeat(251)])('refuses the extra key %j', (key) => {
  expect(() => resolveParameters(entryPoint, given({ data: 'd', [key]: '1' }))).toThrow('Invalid parameter name')
})

test.for(['a', '_', 'a.b-c_9', 'a'.repeat(250)])('accepts the extra key %j', (key) => {
  expect(resolveParameters(entryPoint, given({ data: 'd', [key]: '1' }))).toHaveLength(4)
})

test('bounds the number of extra parameters, the length of a value and refuses NUL', () => {
  const many = Array.from({ length: 101 }, (_, index) => ({ name: `k${index}`, value: '' }))
  const data = { name: 'data', value: 'd' }
  expect(() => resolveParameters(entryPoint, [data, ...many])).toThrow('101 undeclared parameters')
  expect(resolveParameters(entryPoint, [data, ...many.slice(1)])).toHaveLength(103)
  expect(() => resolveParameters(entryPoint, given({ data: 'd'.repeat(6001) }))).toThrow('6001 characters')
  expect(() => resolveParameters(entryPoint, given({ data: 'd', k: 'd'.repeat(6001) }))).toThrow('6001 characters')
  expect(resolveParameters(entryPoint, given({ data: '😀'.repeat(6000) }))).toHaveLength(3)
  expect(() => resolveParameters(entryPoint, given({ data: 'a\0b' }))).toThrow('NUL')
})

test('refuses a name given twice', () => {
  expect(() => resolveParameters(entryPoint, [...given({ data: 'a' }), ...given({ data: 'b' })])).toThrow(
    "Repeated parameter: 'data'",
  )
})

const withUri: EntryPoint = { ...entryPoint, parameters: [{ name: 'u', type: 'uri' }] }

test.for(['s3://bucket/key', 'file:///x', 'C:\\x', 'weird:thing'])('takes %s for a URI', (value) => {
  expect(resolveParameters(withUri, given({ u: value }))).toEqual(given({ u: value }))
})

test.for(['/abs', 'plain', ''])('does not take %j for a URI', (value) => {
  expect(() => resolveParameters(withUri, given({ u: value }))).toThrow(`Expected URI for parameter u but got ${value}`)
})
