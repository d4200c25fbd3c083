import { InvalidParameterValueError } from '../errors.ts'
import { validateStorable } from '../run/key-rules.ts'
import { toPythonText } from '../run/python-text.ts'
import { type Token, tokenize } from './lexer.ts'

/** The right side of a comparison; `text` is exactly what stands there. */
type Operand =
  | { readonly kind: 'string'; readonly text: string; readonly value: string }
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  | { readonly kind: 'list'; readonly text: string; readonly values: readonly string[] }
  | { readonly kind: 'word'; readonly text: string }
  /** After IS NULL and IS NOT NULL, which have no right side. */
  | { readonly kind: 'nothing'; readonly text: string }

/** `identifier comparator value`, before anybody knows what the identifier means. */
export interface Comparison {
  /** As it stands in the filter: metrics.`a b` */
  readonly identifier: string
  /** Upper case: `>=`, `LIKE`, `NOT IN`, `IS NOT NULL`. */
  readonly comparator: string
  readonly operand: Operand
}

const MAX_FILTER_LENGTH = 262_144
const MAX_COMPARISONS = 200
const WORD_COMPARATORS: ReadonlySet<string> = new Set(['LIKE', 'ILIKE', 'RLIKE', 'IN'])
/** Words of SQL that no value is compared with. */
const CONSTANTS: ReadonlySet<string> = new Set(['TRUE', 'FALSE', 'NULL'])

/**
 * Parses `comparison (AND comparison)*`; an empty filter has none.
 * Throws InvalidParameterValueError with the texts of spec/rest-api.md §4.1.
 */
export const parseComparisons = (filter: string): Comparison[] => {
  validateStorable(filter, 'filter')
  if (filter.length > MAX_FILTER_LENGTH) {
    throw new InvalidParameterValueError(
      `Invalid filter of ${filter.length} characters. A filter has at most ${MAX_FILTER_LENGTH}; split the search.`,
    )
  }
  const tokens = tokenize(filter)
  if (tokens === undefined) throw new InvalidParameterValueError(`Invalid filter '${filter}'. Could not be parsed.`)
  validateSingleStatement(tokens, filter)
  if (tokens.length === 0) return []
  const { clauses, separators } = splitClauses(tokens)
  const invalid = [
    ...clauses.flatMap((clause) =>
      isComparison(clause) ? [] : [{ at: clause[0]?.start ?? 0, text: textOf(clause, filter) }],
    ),
    ...separators.flatMap(({ token, isUsed }) => (isUsed ? [] : [{ at: token.start, text: token.text }])),
  ].filter(({ text }) => text !== '')
  if (invalid.length > 0) {
    const texts = invalid.toSorted((a, b) => a.at - b.at).map(({ text }) => toPythonText(text))
    throw new InvalidParameterValueError(`Invalid clause(s) in filter string: ${texts.join(', ')}`)
  }
  if (clauses.length > MAX_COMPARISONS) {
    throw new InvalidParameterValueError(
      `Invalid filter with ${clauses.length} comparisons. A filter has at most ${MAX_COMPARISONS}; split the search.`,
    )
  }
  return clauses.map((clause) => toComparison(clause, filter))
}

const validateSingleStatement = (tokens: readonly Token[], filter: string): void => {
  const end = tokens.findIndex(({ kind }) => kind === 'semicolon')
  if (end !== -1 && end < tokens.length - 1) {
    throw new InvalidParameterValueError(
      `Search filter contained multiple expression '${filter}'. Provide AND-ed expression list.`,
    )
  }
}

/** Splits at AND outside of parentheses. An OR splits too, but is never a valid separator. */
const splitClauses = (
  tokens: readonly Token[],
): { readonly clauses: Token[][]; readonly separators: { readonly token: Token; readonly isUsed: boolean }[] } => {
  const clauses: Token[][] = [[]]
  const separators: { token: Token; isAnd: boolean }[] = []
  let depth = 0
  for (const token of tokens) {
    if (token.kind === 'open') depth++
    if (token.kind === 'close') depth--
    const word = keyword(token)
    if (depth === 0 && (word === 'AND' || word === 'OR')) {
      separators.push({ token, isAnd: word === 'AND' })
      clauses.push([])
    } else clauses.at(-1)?.push(token)
  }
  return {
    clauses: clauses.filter((clause) => clause.length > 0),
    separators: separators.map(({ token, isAnd }, index) => ({
      token,
      isUsed: isAnd && (clauses[index]?.length ?? 0) > 0 && (clauses[index + 1]?.length ?? 0) > 0,
    })),
  }
}

/** Something, a comparator, something; what the somethings are is said by better messages later. */
const isComparison = (clause: readonly Token[]): boolean => {
  if (nullTest(clause) !== undefined) return clause[0]?.kind !== 'open'
  const width = comparatorWidth(clause)
  if (width === 0 || clause.length <= 1 + width) return false
  const first = clause[0]
  if (first === undefined || first.kind === 'open' || clause.some(({ kind }) => kind === 'semicolon')) return false
  const last = clause.at(-1)
  if (clause[1 + width]?.kind === 'open') return last?.kind === 'close'
  return last === undefined || !CONSTANTS.has(keyword(last) ?? '')
}

/** `identifier IS [NOT] NULL` */
const nullTest = (clause: readonly Token[]): 'IS NULL' | 'IS NOT NULL' | undefined => {
  const words = clause
    .slice(1, 5)
    .map((token) => keyword(token) ?? '')
    .join(' ')
  return words === 'IS NULL' || words === 'IS NOT NULL' ? words : undefined
}

/** How many tokens the comparator after the first one has; 0 when there is none. */
const comparatorWidth = (clause: readonly Token[]): 0 | 1 | 2 => {
  const [, second, third] = clause
  if (second === undefined) return 0
  if (second.kind === 'operator' || WORD_COMPARATORS.has(keyword(second) ?? '')) return 1
  const isNotIn = keyword(second) === 'NOT' && third !== undefined && keyword(third) === 'IN'
  return isNotIn ? 2 : 0
}

const toComparison = (clause: readonly Token[], filter: string): Comparison => {
  const width = comparatorWidth(clause)
  const [left] = clause
  const right = clause.slice(1 + width)
  const comparator = clause
    .slice(1, 1 + width)
    .map(({ text }) => text.toUpperCase())
    .join(' ')
  if (left === undefined || !isIdentifier(left)) {
    throw new InvalidParameterValueError(`Invalid comparison clause. Expected 'Identifier' found '${left?.text ?? ''}'`)
  }
  const test = nullTest(clause)
  if (test !== undefined) {
    return { identifier: left.text, comparator: test, operand: { kind: 'nothing', text: '' } }
  }
  return { identifier: left.text, comparator, operand: toOperand(right, filter) }
}

const isIdentifier = (token: Token): boolean =>
  token.kind === 'word' || (token.kind === 'string' && token.text.startsWith('"'))

const toOperand = (tokens: readonly Token[], filter: string): Operand => {
  const [first] = tokens
  if (first?.kind === 'open') return toList(tokens, filter)
  if (first === undefined || tokens.length > 1) {
    throw new InvalidParameterValueError(`Invalid comparison clause. Expected 3 tokens found ${2 + tokens.length}`)
  }
  const { kind, text } = first
  if (kind === 'string') return { kind, text, value: text.slice(1, -1) }
  if (kind === 'number') return { kind, text, value: Number(text) }
  return { kind: 'word', text }
}

const EXPECTED_LIST = 'While parsing a list in the query, expected'

const toList = (tokens: readonly Token[], filter: string): Operand => {
  const text = textOf(tokens, filter)
  const items = tokens.slice(1, -1)
  const illFormed = new InvalidParameterValueError(
    `${EXPECTED_LIST} a non-empty list of string values, but got ill-formed list.`,
  )
  if (items.length === 0) {
    throw new InvalidParameterValueError(`${EXPECTED_LIST} a non-empty list of string values, but got empty list`)
  }
  if (items.some(({ kind }) => kind !== 'string' && kind !== 'comma')) {
    throw new InvalidParameterValueError(
      `${EXPECTED_LIST} string value, punctuation, or whitespace, but got different type in list: ${text}`,
    )
  }
  // Strings at even places, commas at odd ones; a comma may end the list.
  if (items.some(({ kind }, index) => (kind === 'string') !== (index % 2 === 0))) throw illFormed
  const values = items.filter(({ kind }) => kind === 'string').map((item) => item.text.slice(1, -1))
  return { kind: 'list', text, values }
}

const keyword = (token: Token): string | undefined => (token.kind === 'word' ? token.text.toUpperCase() : undefined)

const textOf = (tokens: readonly Token[], filter: string): string =>
  filter.slice(tokens[0]?.start ?? 0, tokens.at(-1)?.end ?? 0)
