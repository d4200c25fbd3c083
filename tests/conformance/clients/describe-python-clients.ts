import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { findPythonClients, MLFLOW_VERSIONS } from './environments.ts'
import type { FlowResult } from './flow-result.ts'
import { hasFlow, listFlows } from './flows.ts'
import { printTable } from './print-table.ts'
import { runPythonFlows } from './run-python-flows.ts'
import { type ServerOnStore, startServerOn, type Store } from './stores.ts'

const FLOWS_LIMIT_MS = 300_000
const INSTALL_LIMIT_MS = 600_000

/** Defines the tests of every flow with every client version against one server on the store, and prints their table. */
export const describePythonClients = (store: Store): void => {
  const { postgres } = inject('services')
  const flows = listFlows()
  const outcomes = new Map<string, Map<string, FlowResult>>()

  describe(`unmodified MLflow clients on ${store}`, () => {
    const noStore = store === 'Postgres' && !postgres.isAvailable ? postgres.reason : undefined
    let clients: Awaited<ReturnType<typeof findPythonClients>> = []
    let server: ServerOnStore | undefined

    beforeAll(async () => {
      clients = await findPythonClients()
      if (noStore === undefined && clients.some((client) => client !== undefined)) {
        server = await startServerOn(store, postgres)
      }
    }, INSTALL_LIMIT_MS)

    afterAll(async () => {
      await server?.[Symbol.asyncDispose]()
      printTable(
        `Flows on ${store} (${noStore ?? 'passed, failed, or - where the client lacks the feature'})`,
        ['flow', ...MLFLOW_VERSIONS],
        flows.map((flow) => [
          flow.title,
          ...MLFLOW_VERSIONS.map((version) => outcomes.get(version)?.get(flow.title)?.outcome ?? 'skipped'),
        ]),
      )
    })

    describe.each(MLFLOW_VERSIONS.map((version, index) => ({ version, index })))(
      'mlflow $version',
      ({ version, index }) => {
        let obstacle = noStore

        beforeAll(async () => {
          const client = clients[index]
          if (client === undefined) obstacle ??= `mlflow ${version} is not to be had: the package index does not answer`
          if (client === undefined || server === undefined) return
          const results = await runPythonFlows(client, server.url)
          outcomes.set(version, new Map(results.map((result) => [result.flow, result])))
        }, FLOWS_LIMIT_MS)

        test('runs the flows of the list', ({ skip }) => {
          skip(obstacle !== undefined, obstacle)
          expect([...(outcomes.get(version)?.keys() ?? [])].toSorted()).toEqual(
            flows.map(({ title }) => title).toSorted(),
          )
        })

        test.for(flows.filter((flow) => hasFlow(version, flow)))('$title', ({ title }, { skip }) => {
          skip(obstacle !== undefined, obstacle)
          const result = outcomes.get(version)?.get(title)
          expect(result).toEqual({ ...result, outcome: 'passed', detail: '' })
        })
      },
    )
  })
}
