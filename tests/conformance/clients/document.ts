import type { AcceptedDifference } from '../differential/accepted-difference.ts'
import { MLFLOW_VERSIONS } from './environments.ts'
import { hasFlow, listFlows } from './flows.ts'
import { toTable } from './table.ts'

/** The flows of docs/conformance.md: each runs on both stores with every client that has the feature. */
export const toFlowTable = (): string =>
  toTable(
    ['flow', ...MLFLOW_VERSIONS],
    listFlows().map((flow) => [
      flow.title,
      ...MLFLOW_VERSIONS.map((version) => (hasFlow(version, flow) ? 'both' : '-')),
    ]),
  )

/** The accepted differences of docs/conformance.md. */
export const toAcceptedTable = (accepted: readonly AcceptedDifference[]): string =>
  toTable(
    ['difference', 'there', 'here', 'requests', 'reason'],
    accepted.map(({ name, statuses, requests, reason }) => [
      name,
      String(statuses?.[0] ?? ''),
      String(statuses?.[1] ?? ''),
      requests === 'any' ? 'any' : String(requests.length),
      reason,
    ]),
  )
