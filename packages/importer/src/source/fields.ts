/** A record whose fields nobody has checked: a row, a YAML document, a JSON object. */
export type Fields = Readonly<Record<string, unknown>>

const LARGEST_DOUBLE = Number.MAX_VALUE

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Empty for what is no object. */
export const toFields = (value: unknown): Fields => (isFields(value) ? value : {})

export const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Postgres has no U+0000 in text: it becomes U+FFFD. */
export const toStorableText = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text)

/** Undefined for null, and for what is no scalar. */
export const findText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return toStorableText(value)
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

export const textOf = (value: unknown): string => findText(value) ?? ''

/** Undefined for what is no integer within ±2^53. */
export const findInteger = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number === 'bigint') return findInteger(Number(number))
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

/** A double as Python or JSON writes it; infinities become the largest double, as MLflow stores them. */
export const findDouble = (value: unknown): number | undefined => {
  if (typeof value === 'number') return clamp(value)
  if (typeof value !== 'string') return undefined
  const special = SPECIAL_DOUBLES.get(value.toLowerCase())
  if (special !== undefined) return special
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return undefined
  return clamp(Number(value))
}

const SPECIAL_DOUBLES: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['-nan', Number.NaN],
  ['inf', LARGEST_DOUBLE],
  ['+inf', LARGEST_DOUBLE],
  ['-inf', -LARGEST_DOUBLE],
  ['infinity', LARGEST_DOUBLE],
  ['-infinity', -LARGEST_DOUBLE],
])

const clamp = (value: number): number =>
  Number.isNaN(value) ? value : Math.min(LARGEST_DOUBLE, Math.max(-LARGEST_DOUBLE, value))
