import { InvalidParameterValueError } from '../errors.ts'
import { validateKey, validateLength, validateStorable } from '../run/key-rules.ts'
import type { Tag } from '../run/run.ts'

const MAX_NAME_LENGTH = 500
const MAX_TAG_VALUE_LENGTH = 5000

/** `parameter` is what refusals call the name. Throws InvalidParameterValueError. @default 'name' */
export const validateExperimentName = (name: string, parameter = 'name'): void => {
  if (name === '') {
    throw new InvalidParameterValueError(
      `Missing value for required parameter '${parameter}'. See the API docs for more information about request parameters.`,
    )
  }
  validateLength(name, MAX_NAME_LENGTH, parameter)
  validateStorable(name, parameter)
}

/** A value that is too long is an error here, not cut as a run tag's. Throws InvalidParameterValueError. */
export const validateExperimentTag = (tag: Tag, path?: string): void => {
  const prefix = path === undefined ? '' : `${path}.`
  validateKey(tag.key, `${prefix}key`, `${prefix}key`)
  validateLength(tag.value, MAX_TAG_VALUE_LENGTH, `${prefix}value`)
  validateStorable(tag.value, `${prefix}value`)
}
