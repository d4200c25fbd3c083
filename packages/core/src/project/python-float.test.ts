import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pythonFloat } from './python-float.ts'

const vectors = JSON.parse(readFileSync(new URL('fixtures/floats.json', import.meta.url), 'utf8')) as {
  hex: string
  repr: string
}[]

test('prints 300 floats as Python does', () => {
  const printed = vectors.map(({ hex }) => pythonFloat(Buffer.from(hex, 'hex').readDoubleBE()))
  expect(printed).toEqual(vectors.map(({ repr }) => repr))
})
