import { InvalidParameterValueError } from '../errors.ts'
import { validateStorable } from '../run/key-rules.ts'
import { toPythonText } from '../run/python-text.ts'
import { type Token, tokenize } from './lexer.ts'

type LooseOperand =
  | { readonly kind: 'string'; readonly text: string; readonly value: string }
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  | { readonly kind: 'list'; readonly text: string; readonly values: readonly string[] }
  | { readonly kind: 'word'; readonly text: string }

/** `identifier comparator value`, before anybody knows what the identifier means. */
export interface LooseComparison {
  /** As it stands in the filter. */
  readonly identifier: string
  /** Upper case. */
  readonly comparator: string
  readonly operand: LooseOperand
}

const MAX_FILTER_LENGTH = 262_144
const MAX_COMPARISONS = 200
const WORD_COMPARATORS: ReadonlySet<string> = new Set(['LIKE', 'ILIKE', 'IN'])

/**
 * Parses the filters of logged models, whose grammar is looser than that of runs (spec/rest-api.md §4.6): values need
 * no quotes, lists may be empty, and an AND may be one too many. Throws InvalidParameterValueError with MLflow's texts.
 */
export const parseLooseComparisons = (filter: string): LooseComparison[] => {
  if (filter === '') return []
  validateStorable(filter, 'filter')
  if (filter.length > MAX_FILTER_LENGTH) {
    throw new InvalidParameterValueError(
      `Invalid filter of ${filter.length} characters. A filter has at most ${MAX_FILTER_LENGTH}; split the search.`,
    )
  }
  const tokens = tokenize(filter)
  if (tokens === undefined) throw notComparisons(filter)
  const end = tokens.findIndex(({ kind }) => kind === 'semicolon')
  if (tokens.length === 0 || (end !== -1 && end < tokens.length - 1)) {
    throw new InvalidParameterValueError(
      `Invalid filter string: ${toPythonText(filter)}. Expected a single SQL expression.`,
    )
  }
  const clauses = splitAtAnd(tokens)
  if (clauses.length > MAX_COMPARISONS) {
    throw new InvalidParameterValueError(
      `Invalid filter with ${clauses.length} comparisons. A filter has at most ${MAX_COMPARISONS}; split the search.`,
    )
  }
  return clauses.map((clause) => {
    const comparison = toComparison(clause, filter)
    if (comparison === undefined) throw notComparisons(filter)
    return comparison
  })
}

const notComparisons = (filter: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Invalid filter string: ${toPythonText(filter)}. Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').`,
  )

const splitAtAnd = (tokens: readonly Token[]): Token[][] => {
  const clauses: Token[][] = [[]]
  for (const token of tokens) {
    if (keyword(token) === 'AND') clauses.push([])
    else clauses.at(-1)?.push(token)
  }
  return clauses.filter((clause) => clause.length > 0)
}

/** Undefined for what is no comparison. */
const toComparison = ([left, ...rest]: readonly Token[], filter: string): LooseComparison | undefined => {
  const isIdentifier = left?.kind === 'word' || (left?.kind === 'string' && left.text.startsWith('"'))
  if (left === undefined || !isIdentifier) return undefined
  const width = comparatorWidth(rest)
  if (width === 0) return undefined
  const operand = toOperand(rest.slice(width), filter)
  if (operand === undefined) return undefined
  const comparator = rest
    .slice(0, width)
    .map(({ text }) => text.toUpperCase())
    .join(' ')
  return { identifier: left.text, comparator, operand }
}

/** How many tokens the comparator has; 0 when there is none. */
const comparatorWidth = ([first, second]: readonly Token[]): 0 | 1 | 2 => {
  if (first === undefined) return 0
  if (first.kind === 'operator' || WORD_COMPARATORS.has(keyword(first) ?? '')) return 1
  return keyword(first) === 'NOT' && second !== undefined && keyword(second) === 'IN' ? 2 : 0
}

const toOperand = (tokens: readonly Token[], filter: string): LooseOperand | undefined => {
  const [first, ...others] = tokens
  if (first?.kind === 'open') return toList(tokens, filter)
  if (first === undefined || others.length > 0) return undefined
  const { kind, text } = first
  if (kind === 'string') return { kind, text, value: text.slice(1, -1) }
  if (kind === 'number') return { kind, text, value: Number(text) }
  return kind === 'word' ? { kind, text } : undefined
}

const toList = (tokens: readonly Token[], filter: string): LooseOperand | undefined => {
  const last = tokens.at(-1)
  if (last?.kind !== 'close') return undefined
  const items = tokens.slice(1, -1)
  // Strings at even places, commas at odd ones; a comma may end the list.
  if (!items.every(({ kind }, index) => kind === (index % 2 === 0 ? 'string' : 'comma'))) return undefined
  return {
    kind: 'list',
    text: filter.slice(tokens[0]?.start ?? 0, last.end),
    values: items.filter(({ kind }) => kind === 'string').map(({ text }) => text.slice(1, -1)),
  }
}

const keyword = (token: Token): string | undefined => (token.kind === 'word' ? token.text.toUpperCase() : undefined)
