import { InvalidParameterValueError } from '../errors.ts'
import { isLongerThan, MAX_KEY_LENGTH } from './value-limits.ts'

// MLflow's `^[/\w.\- :]*$` with Python's \w.
const KEY_CHARACTERS = /^[/\p{L}\p{N}_.\- :]*$/u

/** Clients send the same keys again and again; about 10 MB when each is as long as it may be. */
const MAX_KNOWN_KEYS = 20_000
const knownKeys = new Set<string>()

/**
 * Checks the key of a metric, param or tag (spec/rest-api.md §3.9). `parameter` is its name in the request, as
 * `metrics[0].name`; `entity` is what the length message calls it. Throws InvalidParameterValueError with MLflow's texts.
 */
export const validateKey = (key: string, parameter: string, entity: string): void => {
  if (isKnownKey(key)) return
  if (key === '') {
    throw new InvalidParameterValueError(
      `Missing value for required parameter '${parameter}'. See the API docs for more information about request parameters.`,
    )
  }
  if (!KEY_CHARACTERS.test(key)) {
    throw invalidValue(
      key,
      parameter,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    )
  }
  validateNoRelativeName(key, parameter)
  validateLength(key, MAX_KEY_LENGTH, entity)
  if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear()
  knownKeys.add(key)
}

/** True for a key that has passed `validateKey` lately. */
export const isKnownKey = (key: string): boolean => knownKeys.has(key)

/** Throws InvalidParameterValueError for a name that means another one when it is taken for a path: `a//b`, `./a`, `..a`. */
export const validateNoRelativeName = (name: string, parameter: string): void => {
  const resolved = normalizePosixPath(name)
  if (resolved !== name || resolved === '.' || resolved.startsWith('..') || resolved.startsWith('/')) {
    throw invalidValue(
      name,
      parameter,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${resolved}'`,
    )
  }
}

/** Throws `'<entity>' exceeds the maximum length of N characters`. */
export const validateLength = (text: string, max: number, entity: string): void => {
  if (isLongerThan(text, max)) {
    throw new InvalidParameterValueError(`'${entity}' exceeds the maximum length of ${max} characters`)
  }
}

/** Postgres stores any text but one with U+0000. */
export const validateStorable = (text: string, parameter: string): void => {
  if (text.includes('\0')) {
    throw new InvalidParameterValueError(
      `Invalid value for parameter '${parameter}' supplied: it contains the character U+0000, which cannot be stored. Remove it.`,
    )
  }
}

export const invalidValue = (value: unknown, parameter: string, hint: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Invalid value ${JSON.stringify(value)} for parameter '${parameter}' supplied: ${hint}`,
  )

/** Python's `posixpath.normpath`. */
const normalizePosixPath = (path: string): string => {
  const root = /^\/*/.exec(path)?.[0].length ?? 0
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..' || kept.at(-1) === '..' || (kept.length === 0 && root === 0)) kept.push(segment)
    else kept.pop()
  }
  return (root === 2 ? '//' : root > 0 ? '/' : '') + kept.join('/') || '.'
}
