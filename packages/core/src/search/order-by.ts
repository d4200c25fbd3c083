import { InvalidParameterValueError } from '../errors.ts'
import { validateStorable } from '../run/key-rules.ts'
import { toPythonList } from '../run/python-text.ts'
import { type Identifier, parseIdentifier } from './identifier.ts'
import { tokenize } from './lexer.ts'
import type { SortDirection } from './tree.ts'

const MAX_ORDER_BY = 20
const MAX_CLAUSE_LENGTH = 1000

/**
 * Parses the elements of an order_by list, each `identifier [ASC|DESC]`. Throws InvalidParameterValueError with the
 * texts of spec/rest-api.md §4.2.
 */
export const parseOrderBy = (
  clauses: readonly string[],
): { readonly identifier: Identifier; readonly direction: SortDirection }[] => {
  if (clauses.length > MAX_ORDER_BY) {
    throw new InvalidParameterValueError(
      `Invalid order_by with ${clauses.length} elements. It has at most ${MAX_ORDER_BY}.`,
    )
  }
  return clauses.map(parseOrderByClause)
}

/** Throws when two elements, told apart by `name`, are the same field. */
export const validateDistinctOrder = (names: readonly string[]): void => {
  if (new Set(names).size < names.length) {
    throw new InvalidParameterValueError(
      `\`order_by\` contains duplicate fields: ${toPythonList(names)}. Name each field once.`,
    )
  }
}

const parseOrderByClause = (clause: string): { identifier: Identifier; direction: SortDirection } => {
  validateStorable(clause, 'order_by')
  const tokens = clause.length > MAX_CLAUSE_LENGTH ? undefined : tokenize(clause)
  const [first, second] = tokens ?? []
  if (first === undefined || (tokens?.length ?? 0) > 2) {
    throw new InvalidParameterValueError(`Invalid order_by clause '${clause}'. Could not be parsed.`)
  }
  const isName = first.kind === 'word' || (first.kind === 'string' && first.text.startsWith('"'))
  const identifier = isName ? parseIdentifier(first.text) : undefined
  const direction = toDirection(second?.text)
  if (identifier === undefined || direction === undefined) {
    throw new InvalidParameterValueError(`Invalid ordering key in order_by clause '${clause}'.`)
  }
  return { identifier, direction }
}

const toDirection = (text: string | undefined): SortDirection | undefined => {
  const word = text?.toUpperCase()
  if (word === undefined || word === 'ASC') return 'asc'
  return word === 'DESC' ? 'desc' : undefined
}
