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

/** Throws ResourceDoesNotExistError for text that cannot be a run's id. */
export const toRunId = (runId: string): string => {
  if (!isStorable(runId)) throw noRun(runId)
  return runId
}
