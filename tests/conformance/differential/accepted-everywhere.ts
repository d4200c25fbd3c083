import type { AcceptedDifference } from './accepted-difference.ts'

/** Fields that many answers have there and not here. */
export const EVERYWHERE: readonly AcceptedDifference[] = [
  {
    name: 'sqlstate and error_class',
    reason: 'Fields that 3.17 added to error bodies; no client reads them.',
    requests: 'any',
    at: /^(sqlstate|error_class)$/,
  },
  {
    name: 'outputs of a new run',
    reason: 'An empty object here as in every other answer with a run; MLflow omits it from runs/create.',
    requests: 'any',
    at: /^run\.outputs$/,
  },
  {
    name: 'workspace',
    reason: 'There are no workspaces here.',
    requests: 'any',
    at: /\bworkspace$/,
  },
]
