import { createHash } from 'node:crypto'
import { InvalidParameterValueError, type LoggedModelSearch, toPythonList, toPythonText } from '@tidemill/core'

/** Ties a page token to its search: the experiments, the filter and the order, each told apart by itself. */
export const searchSignature = ({ experimentIds, filter, orderBy }: LoggedModelSearch): string =>
  [experimentIds, filter, orderBy.map(({ fieldName, ascending, dataset }) => [fieldName, ascending, dataset])]
    .map((part) => createHash('sha256').update(JSON.stringify(part)).digest('base64url').slice(0, 8))
    .join('.')

/**
 * Throws InvalidParameterValueError with MLflow's text for a token of another search; what is no token at all is left
 * to `parsePageToken`.
 */
export const validateSameSearch = (pageToken: string | undefined, search: LoggedModelSearch): void => {
  const found = readSignature(pageToken)
  if (found === undefined) return
  const expected = searchSignature(search).split('.')
  const [experiments, filter, order] = found.map((part, index) => part === expected[index])
  if (experiments === false) throw mismatch('Experiment IDs', 'experiment IDs', toPythonList(search.experimentIds))
  if (filter === false) throw mismatch('Filter string', 'filter string', toPythonText(search.filter))
  if (order === false) throw mismatch('Order by', 'order by', JSON.stringify(search.orderBy))
}

const mismatch = (what: string, name: string, expected: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `${what} in the page token ${what === 'Experiment IDs' ? 'do' : 'does'} not match the requested ${name}. Expected: ${expected}. Send the same search with every page.`,
  )

const readSignature = (pageToken: string | undefined): string[] | undefined => {
  if (pageToken === undefined || !/^[A-Za-z0-9_-]+$/.test(pageToken)) return undefined
  // The token's JSON begins with the signature; a regular expression needs no try.
  const signature = /^\["([\w.-]+)"/.exec(Buffer.from(pageToken, 'base64url').toString())?.[1]?.split('.')
  return signature?.length === 3 ? signature : undefined
}
