import { InvalidParameterValueError } from '../errors.ts'
import { validateLength, validateNoRelativeName, validateStorable } from '../run/key-rules.ts'

const MAX_NAME_LENGTH = 256

/**
 * Checks the name of a registered model, as MLflow 3.17 does for every call (spec/rest-api.md §5.1). `parameter` is
 * its field in the request. Throws InvalidParameterValueError. @default 'name'
 */
export const validateModelName = (name: string, parameter = 'name'): void => {
  if (name.trim() === '') throw new InvalidParameterValueError(`Missing value for required parameter '${parameter}'.`)
  if (/[/:]/.test(name)) {
    throw new InvalidParameterValueError(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  }
  validateNoRelativeName(name, parameter)
  validateStorable(name, parameter)
  validateLength(name, MAX_NAME_LENGTH, parameter)
}
