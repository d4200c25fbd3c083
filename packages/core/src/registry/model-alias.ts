import { InvalidParameterValueError } from '../errors.ts'
import { validateLength, validateStorable } from '../run/key-rules.ts'

const MAX_ALIAS_LENGTH = 255
// MLflow's `^[\w\-]*$` with Python's \w.
const ALIAS_CHARACTERS = /^[\p{L}\p{N}_-]*$/u

/** Throws InvalidParameterValueError with MLflow's texts. */
export const validateAlias = (alias: string): void => {
  if (alias === '') throw new InvalidParameterValueError('Registered model alias name cannot be empty.')
  validateStorable(alias, 'alias')
  if (!ALIAS_CHARACTERS.test(alias)) {
    throw new InvalidParameterValueError(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  }
  validateLength(alias, MAX_ALIAS_LENGTH, 'Registered model alias name')
}

/** An alias that a client may set: `latest` and `v1` mean something already. Throws InvalidParameterValueError. */
export const validateNewAlias = (alias: string): void => {
  validateAlias(alias)
  if (isLatestAlias(alias)) {
    throw new InvalidParameterValueError("'latest' alias name (case insensitive) is reserved.")
  }
  if (/^v\d+$/i.test(alias)) throw new InvalidParameterValueError(`Version alias name '${alias}' is reserved.`)
}

/** The alias that every model with a version has. */
export const isLatestAlias = (alias: string): boolean => alias.toLowerCase() === 'latest'
