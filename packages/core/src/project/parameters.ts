import { InvalidParameterValueError } from '../errors.ts'
import { characterCount, isLongerThan, MAX_PARAM_VALUE_LENGTH } from '../run/value-limits.ts'
import type { EntryPoint, EntryPointParameter } from './project.ts'

export const MAX_EXTRA_PARAMETERS = 100

export interface ParameterValue {
  readonly name: string
  readonly value: string
}

/**
 * The values that a run of the entry point gets: declared parameters in declaration order, given or by default, then
 * the extra ones in the order given. Throws InvalidParameterValueError for a missing, repeated or malformed one.
 */
export const resolveParameters = (entryPoint: EntryPoint, given: readonly ParameterValue[]): ParameterValue[] => {
  refuseRepeated(given)
  const declared = resolveDeclared(entryPoint.parameters, given)
  const names = new Set(entryPoint.parameters.map((parameter) => parameter.name))
  const extra = given.filter(({ name }) => !names.has(name))
  const problem = findExtraProblem(extra.map(({ name }) => name))
  if (problem !== undefined) throw new InvalidParameterValueError(problem)
  for (const { name, value } of extra) refuseBadValue({ name, type: 'string' }, value)
  return [...declared, ...extra]
}

/** Values of declared parameters only; throws InvalidParameterValueError when one is missing or malformed. */
export const resolveDeclared = (
  parameters: readonly EntryPointParameter[],
  given: readonly ParameterValue[],
): ParameterValue[] => {
  const values = new Map(given.map(({ name, value }) => [name, value]))
  const missing = parameters.filter(({ name, default: fallback }) => !values.has(name) && fallback === undefined)
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name)
    throw new InvalidParameterValueError(
      `No value given for missing parameters: ${names.map((name) => `'${name}'`).join(', ')}. ` +
        `Give ${names.length === 1 ? 'it' : 'them'} with ${names.map((name) => `-P ${name}=VALUE`).join(' ')}.`,
    )
  }
  return parameters.map((parameter) => {
    const value = values.get(parameter.name) ?? parameter.default ?? ''
    refuseBadValue(parameter, value)
    return { name: parameter.name, value }
  })
}

/** What is wrong with a value, or undefined. Only type `uri` is checked, as in MLflow (spec/mlproject.md §5.1). */
export const findValueProblem = (
  parameter: Pick<EntryPointParameter, 'name' | 'type'>,
  value: string,
): string | undefined => {
  if (isLongerThan(value, MAX_PARAM_VALUE_LENGTH)) {
    return `Parameter '${parameter.name}' has a value of ${characterCount(value)} characters. A value holds at most ${MAX_PARAM_VALUE_LENGTH}: pass a file or an artifact URI instead.`
  }
  if (value.includes('\0')) return `Parameter '${parameter.name}' has a NUL character in its value. Remove it.`
  if (parameter.type === 'uri' && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(value)) {
    return `Expected URI for parameter ${parameter.name} but got ${value}. Write it with its scheme, for example file:///data/train.csv or s3://bucket/key.`
  }
  return undefined
}

/** What is wrong with names that the entry point does not declare, or undefined. They become `--key value` options. */
export const findExtraProblem = (names: readonly string[]): string | undefined => {
  const bad = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_.-]{0,249}$/.test(name))
  if (bad !== undefined) {
    return `Invalid parameter name '${bad.slice(0, 100)}'. An undeclared parameter becomes an option of the command, so its name starts with a letter or _, goes on with letters, digits, _ . -, and has at most 250 characters.`
  }
  if (names.length > MAX_EXTRA_PARAMETERS) {
    return `${names.length} undeclared parameters were given, at most ${MAX_EXTRA_PARAMETERS} are allowed. Declare them in the entry point, or pass a file.`
  }
  return undefined
}

const refuseBadValue = (parameter: Pick<EntryPointParameter, 'name' | 'type'>, value: string): void => {
  const problem = findValueProblem(parameter, value)
  if (problem !== undefined) throw new InvalidParameterValueError(problem)
}

const refuseRepeated = (given: readonly ParameterValue[]): void => {
  const seen = new Set<string>()
  for (const { name } of given) {
    if (seen.has(name)) throw new InvalidParameterValueError(`Repeated parameter: '${name}'. Give each name once.`)
    seen.add(name)
  }
}
