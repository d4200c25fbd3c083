import { InvalidParameterValueError, ResourceDoesNotExistError } from '@tidemill/core'

export const noExperiment = (experimentId: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(`No Experiment with id=${experimentId} exists`)

export const noRun = (runId: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(`Run with id=${runId} not found`)

/** A write to something deleted. */
export const notActive = (what: 'run' | 'experiment', id: string): InvalidParameterValueError =>
  new InvalidParameterValueError(`The ${what} ${id} must be in the 'active' state. Current state is deleted.`)
