import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findEntry } from './node.ts'
import { parseYaml } from './parse-yaml.ts'
import { Report } from './report.ts'

interface Vector {
  readonly yaml: string
  readonly type?: string
  readonly text?: string
  readonly error?: string
}

/** Made by PyYAML 6: `yaml.safe_load("v: " + yaml)["v"]` and its `str()`. */
const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../fixtures/mlproject/python/scalars.json', import.meta.url), 'utf8'),
)

/** PyYAML fails on these by accident; as text they do no harm. */
const TOLERATED = ['=', '<<']

const read = (yaml: string) => {
  const report = new Report('x')
  const root = parseYaml(`v: ${yaml}`, report)
  return { findings: report.findings, value: root?.kind === 'map' ? findEntry(root, 'v')?.value : undefined }
}

test.for(vectors.filter(({ error }) => error === undefined))('reads $yaml as PyYAML: $text', ({ yaml, type, text }) => {
  expect(read(yaml)).toMatchObject({ findings: [], value: { kind: 'scalar', type, text } })
})

test.for(vectors.filter(({ error, yaml }) => error !== undefined && !TOLERATED.includes(yaml)))(
  'refuses $yaml as PyYAML does',
  ({ yaml }) => {
    expect(read(yaml).findings).not.toEqual([])
  },
)

test.for(TOLERATED)('reads %s as text', (yaml) => {
  expect(read(yaml)).toMatchObject({ findings: [], value: { type: 'str', text: yaml } })
})
