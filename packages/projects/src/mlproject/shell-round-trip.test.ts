import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildCommand, type EntryPoint } from '@tidemill/core'

const SPECIAL = Array.from('\'"\\$`!;&|<>(){}[]*?~#= \t\n%a')

test('bash reads every value as it was given, declared or extra', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(...SPECIAL), maxLength: 40 }),
  )
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 50 }), (values) => {
      const clean = values.map((value) => value.replaceAll('\0', ''))
      const entryPoint: EntryPoint = {
        name: 'main',
        command: "printf '%s\\0' " + clean.map((_, index) => `{v${index}}`).join(' '),
        parameters: clean.map((_, index) => ({ name: `v${index}`, type: 'string' })),
      }
      const extra = { name: 'extra', value: clean[0] ?? '' }
      const command = buildCommand(entryPoint, [...clean.map((value, index) => ({ name: `v${index}`, value })), extra])
      const printed = execFileSync('bash', ['-c', command], { encoding: 'utf8' }).split('\0')
      expect(printed).toEqual([...clean, '--extra', extra.value, ''])
    }),
    { numRuns: 40 },
  )
})
