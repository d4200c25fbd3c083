import { InvalidParameterValueError } from '../errors.ts'

/** Python's `int()` of a string. */
const INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/

/** The number of a model version as clients send it. Throws InvalidParameterValueError with MLflow's text. */
export const parseModelVersion = (text: string): number => {
  if (!INTEGER.test(text)) {
    throw new InvalidParameterValueError(`Parameter 'version' must be an integer, got '${text.slice(0, 200)}'.`)
  }
  return Number(text.replaceAll('_', ''))
}
