import { type Experiment, type ImportTarget, ResourceConflictError } from '@tidemill/core'

export const CONFLICT_RULES = ['fail', 'rename', 'skip'] as const
/** What to do with an experiment whose name another one has in the target. */
export type ConflictRule = (typeof CONFLICT_RULES)[number]

const DEFAULT_EXPERIMENT = '0'
const MAX_NAME_LENGTH = 500

export type ExperimentPlan =
  | { readonly kind: 'put'; readonly experiment: Experiment }
  | { readonly kind: 'skip'; readonly reason: string }

/**
 * What an experiment becomes. The Default one of the target stays and takes the tags and runs. Ids are never changed:
 * where another experiment has the id, it can only be skipped. Throws ResourceConflictError.
 */
export const planExperiment = async (
  experiment: Experiment,
  target: ImportTarget,
  rule: ConflictRule,
): Promise<ExperimentPlan> => {
  const { experimentId, name } = experiment
  const there = await target.findExperiment(experimentId)
  if (there !== undefined && experimentId === DEFAULT_EXPERIMENT) {
    return { kind: 'put', experiment: { ...there, tags: experiment.tags } }
  }
  if (there !== undefined && there.name !== name && there.creationTime !== experiment.creationTime) {
    const reason = `experiment ${experimentId} is '${there.name}' in the target and '${name}' in the source`
    if (rule === 'skip') return { kind: 'skip', reason }
    throw new ResourceConflictError(
      `${upperFirst(reason)}. Ids are kept, so both cannot be: import into an empty store, or leave it out with --on-conflict skip.`,
    )
  }
  const namesake = await target.findExperimentByName(name)
  if (namesake === undefined || namesake.experimentId === experimentId) return { kind: 'put', experiment }
  const reason = `the name '${name}' of experiment ${experimentId} is that of experiment ${namesake.experimentId} in the target`
  if (rule === 'skip') return { kind: 'skip', reason }
  if (rule === 'fail') {
    throw new ResourceConflictError(
      `${upperFirst(reason)}. Rename one of them, or choose --on-conflict rename or skip.`,
    )
  }
  return { kind: 'put', experiment: { ...experiment, name: withSuffix(name, ` (imported ${experimentId})`) } }
}

const withSuffix = (name: string, suffix: string): string => name.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
