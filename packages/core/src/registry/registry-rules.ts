import { InvalidParameterValueError } from '../errors.ts'
import { validateKey, validateLength, validateStorable } from '../run/key-rules.ts'
import type { Tag } from '../run/run.ts'
import { isLongerThan } from '../run/value-limits.ts'
import { validateModelName } from './model-name.ts'
import { PROMPT_TEXT_TAG } from './prompt.ts'
import type { NewModelVersion, NewRegisteredModel } from './registry.ts'

const MAX_TAG_VALUE_LENGTH = 100_000
const MAX_DESCRIPTION_LENGTH = 5000
const MAX_SOURCE_LENGTH = 4096
const MAX_RUN_LINK_LENGTH = 500
const MAX_ID_LENGTH = 250

/** Throws InvalidParameterValueError. */
export const validateNewRegisteredModel = ({ name, description, tags }: NewRegisteredModel): void => {
  validateModelName(name)
  validateDescription(description)
  for (const tag of tags) validateRegisteredModelTag(tag)
}

/** The source has rules of its own (`parseVersionSource`). Throws InvalidParameterValueError. */
export const validateNewModelVersion = (version: NewModelVersion): void => {
  validateModelName(version.name)
  validateDescription(version.description)
  for (const tag of version.tags) validateModelVersionTag(tag)
  validateText(version.source, MAX_SOURCE_LENGTH, 'source')
  validateText(version.runId, MAX_ID_LENGTH, 'run_id')
  validateText(version.runLink, MAX_RUN_LINK_LENGTH, 'run_link')
  validateText(version.modelId ?? '', MAX_ID_LENGTH, 'model_id')
}

/** A value that is too long is an error here, not cut as a run tag's. Throws InvalidParameterValueError. */
export const validateRegisteredModelTag = ({ key, value }: Tag): void => {
  validateKey(key, 'key', 'key')
  validateText(value, MAX_TAG_VALUE_LENGTH, 'value')
}

/** As for a registered model, with the text that authors of prompts understand. Throws InvalidParameterValueError. */
export const validateModelVersionTag = ({ key, value }: Tag): void => {
  validateKey(key, 'key', 'key')
  if (key === PROMPT_TEXT_TAG && isLongerThan(value, MAX_TAG_VALUE_LENGTH)) {
    throw new InvalidParameterValueError(`Prompt text exceeds max length of ${MAX_TAG_VALUE_LENGTH} characters.`)
  }
  validateText(value, MAX_TAG_VALUE_LENGTH, 'value')
}

/** Of a registered model or a version. Throws InvalidParameterValueError. */
export const validateDescription = (description: string): void =>
  validateText(description, MAX_DESCRIPTION_LENGTH, 'description')

const validateText = (text: string, max: number, parameter: string): void => {
  validateLength(text, max, parameter)
  validateStorable(text, parameter)
}

/** Throws InvalidParameterValueError, with the texts of the registry, unless it is from 1 to `max`. */
export const validateRegistryMaxResults = (maxResults: number, max: number): void => {
  if (maxResults < 1) {
    throw new InvalidParameterValueError(
      `Invalid value for max_results. It must be a positive integer, but got ${maxResults}`,
    )
  }
  if (maxResults > max) {
    throw new InvalidParameterValueError(
      `Invalid value for request parameter max_results. It must be at most ${max}, but got value ${maxResults}`,
    )
  }
}
