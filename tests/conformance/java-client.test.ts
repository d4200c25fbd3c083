import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { findPythonClients } from './clients/environments.ts'
import type { FlowResult } from './clients/flow-result.ts'
import { printTable } from './clients/print-table.ts'
import { findJavaClient, JAVA_CLIENT_VERSION, runJavaFlows } from './clients/run-java-flows.ts'
import { startServerOn, STORES } from './clients/stores.ts'

const { postgres } = inject('services')
const LIMIT_MS = 600_000
const source = readFileSync(join(import.meta.dirname, 'java/Flows.java'), 'utf8')
const flows = [...source.matchAll(/report\("([^"]+)", flows::/g)].map(([, title = '']) => title)
const outcomes = new Map<string, readonly FlowResult[]>()

afterAll(() => {
  printTable(
    `Flows of the Java client ${JAVA_CLIENT_VERSION}`,
    ['flow', ...STORES],
    flows.map((title) => [
      title,
      ...STORES.map((store) => outcomes.get(store)?.find(({ flow }) => flow === title)?.outcome ?? 'skipped'),
    ]),
  )
})

describe.each(STORES)('the official Java client on %s', (store) => {
  let obstacle = store === 'Postgres' && !postgres.isAvailable ? postgres.reason : undefined

  beforeAll(async () => {
    const java = await findJavaClient()
    const python = (await findPythonClients()).at(-1)
    if ('unavailable' in java) obstacle ??= java.unavailable
    if (python === undefined) obstacle ??= 'the package index does not answer'
    if (obstacle !== undefined || 'unavailable' in java || python === undefined) return
    await using server = await startServerOn(store, postgres)
    outcomes.set(store, await runJavaFlows(java, python, server.url))
  }, LIMIT_MS)

  test('runs the flows of the list', ({ skip }) => {
    skip(obstacle !== undefined, obstacle)
    expect(outcomes.get(store)?.map(({ flow }) => flow)).toEqual(flows)
  })

  test.for(flows)('%s', (title, { skip }) => {
    skip(obstacle !== undefined, obstacle)
    const result = outcomes.get(store)?.find(({ flow }) => flow === title)
    expect(result).toEqual({ ...result, outcome: 'passed', detail: '' })
  })
})
