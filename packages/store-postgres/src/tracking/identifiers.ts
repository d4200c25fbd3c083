import { InvalidParameterValueError } from '@tidemill/core'
import { noExperiment, noRun } from './refusals.ts'

const MAX_EXPERIMENT_KEY = 2_147_483_647

/** Postgres refuses text with U+0000, so nothing stored has it. */
export const isStorable = (text: string): boolean => !text.includes('\0')

/** Undefined for text that is no experiment's id. */
export const findExperimentKey = (experimentId: string): number | undefined => {
  if (!/^\d{1,10}$/.test(experimentId)) return undefined
  const key = Number(experimentId)
  return key <= MAX_EXPERIMENT_KEY ? key : undefined
}

/** Throws ResourceDoesNotExistError for text that is no experiment's id. */
export const toExperimentKey = (experimentId: string): number => {
  const key = findExperimentKey(experimentId)
  if (key === undefined) throw noExperiment(experimentId)
  return key
}

/**
 * Distinct, without integers that are no experiment's id. Throws InvalidParameterValueError for other text, as MLflow
 * does where it searches several experiments.
 */
export const toExperimentKeys = (experimentIds: readonly string[]): number[] => {
  const invalid = experimentIds.find((experimentId) => !/^-?\d+$/.test(experimentId))
  if (invalid !== undefined) {
    throw new InvalidParameterValueError(`Invalid experiment ID '${invalid}'. Experiment ID must be a valid integer.`)
  }
  const keys = experimentIds.map(findExperimentKey).filter((key) => key !== undefined)
  return [...new Set(keys)]
}

/** Throws ResourceDoesNotExistError for text that cannot be a run's id. */
export const toRunId = (runId: string): string => {
  if (!isStorable(runId)) throw noRun(runId)
  return runId
}
