import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toAcceptedTable, toFlowTable } from './clients/document.ts'
import { corpus } from './corpus/corpus.ts'
import { ACCEPTED } from './differential/accepted.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/conformance.md'), 'utf8')

test.each([
  ['the flows and the clients that have them', toFlowTable()],
  ['the accepted differences', toAcceptedTable(ACCEPTED)],
  ['the size of the corpus', `${corpus.length} requests`],
])('docs/conformance.md has %s', (_, text) => {
  expect(page).toContain(text)
})
