import { isUtf8 } from 'node:buffer'
import { InvalidParameterValueError, parseJson } from '@tidemill/core'

/** What a page token remembers: by what the rows are sorted, and the sort values of the last row of the page. */
export interface PageToken {
  readonly order: string
  readonly values: readonly SortValue[]
}

export type SortValue = string | number

/** How Postgres compares a sort value, and so what a token may hold for it. */
export type SortType = 'bigint' | 'int' | 'float8' | 'text'

const MAX_SHOWN = 200

/** NaN has no JSON form: it goes as text. */
export const toPageToken = ({ order, values }: PageToken): string =>
  Buffer.from(JSON.stringify([order, ...values.map((value) => (Number.isNaN(value) ? 'NaN' : value))])).toString(
    'base64url',
  )

/** Throws InvalidParameterValueError when it is not a token of ours for this order. Empty text has no token. */
export const parsePageToken = (
  text: string | undefined,
  order: string,
  types: readonly SortType[],
): PageToken | undefined => {
  if (text === undefined || text === '') return undefined
  if (!/^[A-Za-z0-9_-]+$/.test(text)) {
    throw new InvalidParameterValueError('Invalid page token, could not base64-decode')
  }
  const decoded = decodeUtf8(text)
  if (decoded === undefined) throw new InvalidParameterValueError('Invalid page token, could not base64-decode')
  const parsed = parseJson(decoded)
  if (!Array.isArray(parsed) || parsed.length !== types.length + 1) {
    throw new InvalidParameterValueError(`Invalid page token, decoded value=${decoded.slice(0, MAX_SHOWN)}`)
  }
  const [tokenOrder, ...rest]: readonly unknown[] = parsed
  if (tokenOrder !== order) {
    throw new InvalidParameterValueError(
      'Invalid page token, its order_by is not that of the request. Send the same order_by with every page.',
    )
  }
  const values = types.map((type, index) => toSortValue(type, rest[index]))
  if (!values.every((value) => value !== undefined)) {
    throw new InvalidParameterValueError(`Invalid page token, parsed value=${decoded.slice(0, MAX_SHOWN)}`)
  }
  return { order, values }
}

/** Undefined for what is no text: another server's token, or junk. */
const decodeUtf8 = (text: string): string | undefined => {
  const bytes = Buffer.from(text, 'base64url')
  return isUtf8(bytes) && bytes.length > 0 ? bytes.toString() : undefined
}

const MAX_INT = 2_147_483_647

const toSortValue = (type: SortType, value: unknown): SortValue | undefined => {
  if (type === 'text') return typeof value === 'string' && !value.includes('\0') ? value : undefined
  if (type === 'float8' && value === 'NaN') return Number.NaN
  // An id beyond 2^53.
  if (type === 'bigint' && typeof value === 'string' && /^\d{16,18}$/.test(value)) return value
  if (typeof value !== 'number') return undefined
  if (type === 'float8') return value
  const isInRange = Number.isSafeInteger(value) && (type === 'bigint' || Math.abs(value) <= MAX_INT)
  return isInRange ? value : undefined
}
