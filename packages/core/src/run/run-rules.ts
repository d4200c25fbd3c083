import { validateTag } from './batch-rules.ts'
import { invalidValue, validateLength, validateStorable } from './key-rules.ts'
import type { NewRun, RunUpdate } from './run.ts'

const RUN_ID = /^[a-zA-Z0-9][\w-]{0,255}$/
const MAX_RUN_NAME_LENGTH = 250
const MAX_USER_ID_LENGTH = 256

/** Throws InvalidParameterValueError for text that cannot be a run id. */
export const validateRunId = (runId: string): void => {
  if (!RUN_ID.test(runId)) {
    throw invalidValue(runId, 'run_id', 'a run id has up to 256 letters, digits, underscores and dashes.')
  }
}

/** Checks the values of a new run. Throws InvalidParameterValueError. */
export const validateNewRun = (run: NewRun): void => {
  validateRunName(run.runName)
  validateLength(run.userId ?? '', MAX_USER_ID_LENGTH, 'user_id')
  validateStorable(run.userId ?? '', 'user_id')
  validateTime(run.startTime, 'start_time')
  for (const [index, tag] of (run.tags ?? []).entries()) validateTag(tag, `tags[${index}]`)
}

/** Checks the values of an update. Throws InvalidParameterValueError. */
export const validateRunUpdate = (update: RunUpdate): void => {
  validateRunName(update.runName)
  validateTime(update.endTime, 'end_time')
}

const validateRunName = (name: string | undefined): void => {
  validateLength(name ?? '', MAX_RUN_NAME_LENGTH, 'run_name')
  validateStorable(name ?? '', 'run_name')
}

const validateTime = (time: number | undefined, parameter: string): void => {
  if (time !== undefined && !Number.isSafeInteger(time)) {
    throw invalidValue(time, parameter, 'a time is an integer number of ms since the epoch, within ±(2^53 - 1).')
  }
}
