import { InvalidParameterValueError } from '../errors.ts'

/** The most results of one page of experiments or runs. */
export const MAX_SEARCH_RESULTS = 50_000

/** Throws InvalidParameterValueError unless it is from 1 to `max`. */
export const validateMaxResults = (maxResults: number, max: number = MAX_SEARCH_RESULTS): void => {
  if (!Number.isSafeInteger(maxResults) || maxResults < 1) throw refused(maxResults, 'It must be a positive integer')
  if (maxResults > max) throw refused(maxResults, `It must be at most ${max}`)
}

const refused = (maxResults: number, rule: string): InvalidParameterValueError =>
  new InvalidParameterValueError(`Invalid value ${maxResults} for parameter 'max_results' supplied. ${rule}`)
