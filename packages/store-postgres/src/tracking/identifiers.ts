import { InvalidParameterValueError } from '@tidemill/core'
import { parseInt8 } from '../database/parse-int8.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { noExperiment, noRun } from './refusals.ts'

/** Sixty-four bits of Postgres. */
const MAX_EXPERIMENT_KEY = 2n ** 63n - 1n

/** Postgres refuses text with U+0000, so nothing stored has it. */
export const isStorable = (text: string): boolean => !text.includes('\0')

/** Undefined for text that is no experiment's id. */
export const findExperimentKey = (experimentId: string): ExperimentKey | undefined => {
  if (!/^\d{1,19}$/.test(experimentId)) return undefined
  const key = BigInt(experimentId)
  return key <= MAX_EXPERIMENT_KEY ? parseInt8(String(key)) : undefined
}

/** Throws InvalidParameterValueError for text that is no integer, ResourceDoesNotExistError for one that is no id. */
export const toExperimentKey = (experimentId: string): ExperimentKey => {
  validateExperimentId(experimentId)
  const key = findExperimentKey(experimentId)
  if (key === undefined) throw noExperiment(experimentId)
  return key
}

/** Distinct, without integers that are no experiment's id. Throws InvalidParameterValueError for other text. */
export const toExperimentKeys = (experimentIds: readonly string[]): ExperimentKey[] => {
  experimentIds.forEach(validateExperimentId)
  const keys = experimentIds.map(findExperimentKey).filter((key) => key !== undefined)
  return [...new Set(keys)]
}

const validateExperimentId = (experimentId: string): void => {
  if (/^-?\d+$/.test(experimentId)) return
  throw new InvalidParameterValueError(
    `Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`,
  )
}

/** Throws ResourceDoesNotExistError for text that cannot be a run's id. */
export const toRunId = (runId: string): string => {
  if (!isStorable(runId)) throw noRun(runId)
  return runId
}
