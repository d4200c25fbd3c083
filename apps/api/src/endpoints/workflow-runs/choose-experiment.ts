import {
  type Experiment,
  InvalidParameterValueError,
  ResourceAlreadyExistsError,
  type TrackingStore,
  validateExperimentName,
} from '@tidemill/core'
import { type Caller, creatorOf } from '../../auth/caller.ts'

/** Of a submission that names none. */
export const DEFAULT_EXPERIMENT_ID = '0'

/**
 * The experiment that a submission names, made when its name is new; neither name nor id: Default. Throws
 * InvalidParameterValueError for both and for a deleted one, ResourceDoesNotExistError for an unknown id.
 */
export const chooseExperiment = async (
  tracking: Pick<TrackingStore, 'getExperiment' | 'findExperimentByName' | 'createExperiment'>,
  {
    experiment_id: id,
    experiment_name: name,
  }: { experiment_id?: string | undefined; experiment_name?: string | undefined },
  caller: Caller,
): Promise<string> => {
  if (id !== undefined && name !== undefined) {
    throw new InvalidParameterValueError(
      `Both experiment_id ('${id}') and experiment_name ('${name}') were given. Name only one.`,
    )
  }
  if (name === undefined) return activeId(await tracking.getExperiment(id ?? DEFAULT_EXPERIMENT_ID))
  validateExperimentName(name, 'experiment_name')
  const found = await tracking.findExperimentByName(name)
  if (found !== undefined) return activeId(found)
  try {
    return await tracking.createExperiment({ name, ...creatorOf(caller) })
  } catch (error) {
    // Two submissions with a new name at once: the other one made it.
    const made = error instanceof ResourceAlreadyExistsError ? await tracking.findExperimentByName(name) : undefined
    if (made === undefined) throw error
    return activeId(made)
  }
}

const activeId = ({ experimentId, name, lifecycleStage }: Experiment): string => {
  if (lifecycleStage === 'active') return experimentId
  throw new InvalidParameterValueError(
    `The experiment '${name}' (id ${experimentId}) is deleted. Restore it, or submit to another experiment.`,
  )
}
