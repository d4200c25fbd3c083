/** `entity.key` split at the first dot; a name without a dot is an attribute. */
export interface Identifier {
  /** Absent: an attribute. */
  readonly entity?: string
  readonly key: string
}

/** Undefined when a part is empty. Quotes around the whole or around a part are taken off. */
export const parseIdentifier = (text: string): Identifier | undefined => {
  const whole = isQuotedWhole(text) ? text.slice(1, -1) : text
  const dot = whole.indexOf('.')
  const key = withoutQuotes(dot === -1 ? whole : whole.slice(dot + 1))
  if (key === '') return undefined
  return dot === -1 ? { key } : { entity: withoutQuotes(whole.slice(0, dot)), key }
}

const withoutQuotes = (text: string): string => (isQuotedWhole(text) ? text.slice(1, -1) : text)

/** `a.b` in one pair of quotes, not `a`.`b` in two. */
const isQuotedWhole = (text: string): boolean => {
  const quote = text.charAt(0)
  return (
    text.length >= 2 && (quote === '`' || quote === '"' || quote === "'") && text.indexOf(quote, 1) === text.length - 1
  )
}
