type TokenKind = 'word' | 'string' | 'number' | 'operator' | 'open' | 'close' | 'comma' | 'semicolon' | 'junk'

/** A piece of a filter; `text` is exactly what stands there, quotes included. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly start: number
  readonly end: number
}

const SPACE = /\s+/uy
const OPERATOR = /[<>=!~]+/uy
const NUMBER = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_.])/uy
const BARE = /[\p{L}\p{N}_$.]+/uy
const PUNCTUATION: Readonly<Record<string, TokenKind>> = { '(': 'open', ')': 'close', ',': 'comma', ';': 'semicolon' }

/**
 * Splits a filter into tokens. A word is a name with its quoted parts: metrics.`a b`, tags."mlflow.runName".
 * Undefined when a quote is not closed.
 */
export const tokenize = (text: string): Token[] | undefined => {
  const tokens: Token[] = []
  let position = 0
  while (position < text.length) {
    const space = matchEnd(SPACE, text, position)
    if (space !== undefined) {
      position = space
      continue
    }
    const token = readToken(text, position)
    if (token === undefined) return undefined
    tokens.push({ kind: token.kind, text: text.slice(position, token.end), start: position, end: token.end })
    position = token.end
  }
  return tokens
}

const readToken = (text: string, start: number): { readonly kind: TokenKind; readonly end: number } | undefined => {
  const character = text.charAt(start)
  const punctuation = PUNCTUATION[character]
  if (punctuation !== undefined) return { kind: punctuation, end: start + 1 }
  if (character === "'" || character === '"') {
    const end = closeQuote(text, start)
    return end === undefined ? undefined : { kind: 'string', end }
  }
  const operator = matchEnd(OPERATOR, text, start)
  if (operator !== undefined) return { kind: 'operator', end: operator }
  const number = matchEnd(NUMBER, text, start)
  if (number !== undefined) return { kind: 'number', end: number }
  if (character === '`' || matchEnd(BARE, text, start) !== undefined) return readWord(text, start)
  return { kind: 'junk', end: start + String.fromCodePoint(text.codePointAt(start) ?? 0).length }
}

const readWord = (text: string, start: number): { readonly kind: 'word'; readonly end: number } | undefined => {
  let end = start
  for (;;) {
    const character = text.charAt(end)
    const follows = end > start && text.charAt(end - 1) === '.'
    if (character === '`' || (follows && (character === '"' || character === "'"))) {
      const closed = closeQuote(text, end)
      if (closed === undefined) return undefined
      end = closed
      continue
    }
    const bare = matchEnd(BARE, text, end)
    if (bare === undefined) return { kind: 'word', end }
    end = bare
  }
}

/**
 * The position after the closing quote. A doubled or backslashed quote does not close (and is not unescaped either,
 * spec/rest-api.md §4.1), unless it is the last one there is.
 */
const closeQuote = (text: string, start: number): number | undefined => {
  const quote = text.charAt(start)
  const last = text.lastIndexOf(quote)
  for (let index = start + 1; index <= last; index++) {
    const character = text.charAt(index)
    const next = text.charAt(index + 1)
    if (quote !== '`' && character === '\\' && (next === '\\' || (next === quote && index + 1 < last))) index++
    else if (character === quote) {
      if (next !== quote) return index + 1
      index++
    }
  }
  return undefined
}

const matchEnd = (pattern: RegExp, text: string, start: number): number | undefined => {
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex : undefined
}
