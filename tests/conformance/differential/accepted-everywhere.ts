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
    name: 'outputs of a run without any',
    reason: 'MLflow sends an empty object; absent reads the same.',
    requests: 'any',
    at: /^(run|runs\[\d+\])\.outputs$/,
  },
  {
    name: 'workspace',
    reason: 'There are no workspaces here.',
    requests: 'any',
    at: /\bworkspace$/,
  },
]
